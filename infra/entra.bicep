metadata description = 'The app registration that customers consent to, in the directory of whoever deploys it. It has no secret.'

extension microsoftGraphV1

import { Tags } from 'modules/types.bicep'

@description('Name of the app, as in main.bicep.')
@minLength(3)
@maxLength(50)
param appName string

@description('What administrators read when they are asked for consent.')
param displayName string

@description('Origin where browsers reach the app, without a slash at the end.')
param publicUrl string

@description('Whether consent asks for the health of Microsoft\'s services too (the fourth permission, which nothing needs yet).')
param withServiceHealth bool = true

@description('Region of the identity, as in main.bicep.')
param location string = resourceGroup().location

@description('Tags of the identity.')
param tags Tags = {}

// The identity is made here, too, so that this may be deployed first; main.bicep finds it as it is.
module identity 'modules/identity.bicep' = {
  params: { appName: appName, location: location, tags: tags }
}

var managementApi = 'c5393580-f805-4401-95e8-94b7a6ef2fc2'
var graph = '00000003-0000-0000-c000-000000000000'
var activityFeedRead = { id: '594c1fb6-4f81-4475-ae41-0c394909246c', type: 'Role' }
var activityFeedReadDlp = { id: '4807a72c-ad38-4250-94c9-4eabfe26cd55', type: 'Role' }
var serviceHealthRead = { id: 'e2cea78f-e743-4d8f-a16a-75b629a038ae', type: 'Role' }
var userRead = { id: 'e1fe6dd8-ba31-4d61-89e7-88639da4683d', type: 'Scope' }

resource app 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: appName
  displayName: displayName
  signInAudience: 'AzureADMultipleOrgs'
  web: {
    homePageUrl: publicUrl
    redirectUris: ['${publicUrl}/consent/callback', '${publicUrl}/signin/callback']
  }
  requiredResourceAccess: [
    {
      resourceAppId: managementApi
      resourceAccess: concat([activityFeedRead, activityFeedReadDlp], withServiceHealth ? [serviceHealthRead] : [])
    }
    { resourceAppId: graph, resourceAccess: [userRead] }
  ]
  // Who may do what in the console. The app looks at them only in the directory that the registration lives in.
  appRoles: [
    {
      id: guid(appName, 'Operator')
      value: 'Operator'
      displayName: 'Operator'
      description: 'Adds, changes and off-boards customers, and replays what is parked.'
      allowedMemberTypes: ['User']
      isEnabled: true
    }
    {
      id: guid(appName, 'Reader')
      value: 'Reader'
      displayName: 'Reader'
      description: 'Sees customers and what became of their records.'
      allowedMemberTypes: ['User']
      isEnabled: true
    }
  ]
  // Nobody adds a credential to the copy of the app in a customer's directory.
  servicePrincipalLockConfiguration: { isEnabled: true, allProperties: true }

  resource credential 'federatedIdentityCredentials' = {
    name: '${app.uniqueName}/identity'
    audiences: ['api://AzureADTokenExchange']
    issuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
    subject: identity.outputs.principalId
  }
}

// The console looks for a role itself: an administrator of this very directory may give consent without one.
resource principal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: app.appId
  appRoleAssignmentRequired: false
}

@description('Client ID of the registration: what main.bicep asks for as entra.clientId.')
output clientId string = app.appId

@description('Object ID of the identity.')
output identityPrincipalId string = identity.outputs.principalId
