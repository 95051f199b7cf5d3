using '../main.bicep'

// A thousand customers: a SIEM beside the archive, everything behind private endpoints, the pages always warm.
param appName = 'relay-example'
param customDomain = 'relay.example.com'
param operator = {
  name: 'Example Managed Security'
  contact: 'security@example.com'
  privacyUrl: 'https://example.com/privacy'
}
param entra = { clientId: '11111111-2222-3333-4444-555555555555' }
param destinations = [
  { name: 'archive', type: 'archive' }
  { name: 'soc', type: 'https', url: 'https://siem.example.com/audit', compression: 'gzip' }
]
param tuning = { retentionDays: 90 }
param size = { instanceMemoryMB: 2048, maximumInstanceCount: 100, alwaysReadyPages: 1 }
param dataRedundancy = 'Standard_GZRS'
param archiveAge = { cool: 30, cold: 90, delete: 2555 }
param isPrivate = true
param trustedAddresses = ['203.0.113.0/29']
param alertEmails = ['audit-relay@example.com']
param pagers = [
  '/subscriptions/00000000-0000-0000-0000-00000000000b/resourceGroups/rg-oncall/providers/Microsoft.Insights/actionGroups/ag-oncall'
]
param runbooks = 'https://git.example.com/relay/infra/runbooks.md'
param logRetentionDays = 90
