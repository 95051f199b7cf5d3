// Everything that the app may do in Azure, in one place. The list in checks/ says the same; a difference fails.

@description('Name of the app\'s identity.')
param identityName string

@description('Name of the platform\'s own account.')
param hostAccountName string

@description('Name of the data account.')
param dataAccountName string

@description('Containers of the data account that the app writes.')
param containers string[]

@description('Queues of the data account.')
param queues string[]

@description('Name of the vault.')
param vaultName string

@description('Name of the Application Insights component.')
param insightsName string

var blobOwner = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
)
var blobContributor = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
)
var queueContributor = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
)
var tableContributor = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
)
var secretsUser = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  '4633458b-17de-408a-b874-0445c86b69e6'
)
var metricsPublisher = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  '3913510d-42f4-4e42-8a64-420c390055eb'
)

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

var principalId = identity.properties.principalId

resource hostAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: hostAccountName
}

resource dataAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: dataAccountName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource container 'containers' existing = [for name in containers: { name: name }]
  }

  resource queueService 'queueServices' existing = {
    name: 'default'

    resource queue 'queues' existing = [for name in queues: { name: name }]
  }
}

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

// The platform's leases, keys and the deployed package; nothing of ours lives there.
resource hostBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: hostAccount
  name: guid(hostAccount.id, identity.id, blobOwner)
  properties: { principalId: principalId, principalType: 'ServicePrincipal', roleDefinitionId: blobOwner }
}

// Where the platform writes down what went wrong with it.
resource hostTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: hostAccount
  name: guid(hostAccount.id, identity.id, tableContributor)
  properties: { principalId: principalId, principalType: 'ServicePrincipal', roleDefinitionId: tableContributor }
}

// All tables: there is a new one every month.
resource dataTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: dataAccount
  name: guid(dataAccount.id, identity.id, tableContributor)
  properties: { principalId: principalId, principalType: 'ServicePrincipal', roleDefinitionId: tableContributor }
}

resource dataQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, index) in queues: {
    scope: dataAccount::queueService::queue[index]
    name: guid(dataAccount::queueService::queue[index].id, identity.id, queueContributor)
    properties: { principalId: principalId, principalType: 'ServicePrincipal', roleDefinitionId: queueContributor }
  }
]

resource dataBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, index) in containers: {
    scope: dataAccount::blobs::container[index]
    name: guid(dataAccount::blobs::container[index].id, identity.id, blobContributor)
    properties: { principalId: principalId, principalType: 'ServicePrincipal', roleDefinitionId: blobContributor }
  }
]

// The whole vault: it holds nothing but this app's secrets, and they come after the deployment.
resource secrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, identity.id, secretsUser)
  properties: { principalId: principalId, principalType: 'ServicePrincipal', roleDefinitionId: secretsUser }
}

resource telemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: insights
  name: guid(insights.id, identity.id, metricsPublisher)
  properties: { principalId: principalId, principalType: 'ServicePrincipal', roleDefinitionId: metricsPublisher }
}
