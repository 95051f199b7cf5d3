import { Tags } from 'types.bicep'

@description('Name of the app.')
param appName string

@description('Region of the vault.')
param location string

@description('Tags of every resource.')
param tags Tags

@description('Name of the vault.')
param vaultName string

@description('Who is told.')
param actionGroupId string

@description('Where the runbooks are.')
param runbooks string

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: 'evgt-${appName}'
  location: location
  tags: tags
  properties: { source: vault.id, topicType: 'Microsoft.KeyVault.vaults' }
}

// The vault itself says so 30 days before a secret's own date, whatever the secret is for.
resource nearExpiry 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'secret-expires'
  properties: {
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    filter: {
      includedEventTypes: [
        'Microsoft.KeyVault.SecretNearExpiry'
        'Microsoft.KeyVault.SecretExpired'
        'Microsoft.KeyVault.CertificateNearExpiry'
        'Microsoft.KeyVault.CertificateExpired'
      ]
    }
    destination: {
      endpointType: 'MonitorAlert'
      properties: {
        severity: 'Sev2'
        description: 'A secret of the vault expires within 30 days. Runbook: ${runbooks}#secret-expires'
        actionGroups: [actionGroupId]
      }
    }
  }
}
