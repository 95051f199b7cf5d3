@description('Workspace that holds the log.')
param workspaceId string

@description('Name of the data account.')
param accountName string

@description('Name of the vault.')
param vaultName string

resource account 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: accountName

  resource blobs 'blobServices' existing = { name: 'default' }
}

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

// Who read or deleted archived records. Not who wrote: that is the app, thousands of times an hour. The app's own log
// and metrics reach the workspace through Application Insights; a copy by the platform would only cost twice.
// There has been no stable version since 2016.
#disable-next-line use-recent-api-versions
resource archiveAccess 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: account::blobs
  name: 'archive-access'
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageRead', enabled: true }
      { category: 'StorageDelete', enabled: true }
    ]
  }
}

#disable-next-line use-recent-api-versions
resource vaultAccess 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: 'vault-access'
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}
