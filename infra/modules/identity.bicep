import { Tags } from 'types.bicep'

@description('Name of the app; its identity is named after it.')
@minLength(3)
@maxLength(50)
param appName string

@description('Region.')
param location string = resourceGroup().location

@description('Tags of every resource.')
param tags Tags = {}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${appName}'
  location: location
  tags: tags
}

@description('Resource ID of the identity.')
output id string = identity.id

@description('Client ID: what the app asks for tokens with.')
output clientId string = identity.properties.clientId

@description('Object ID: who role assignments and the federated credential name.')
output principalId string = identity.properties.principalId
