using '../modules/settings.bicep'

// Everything that can be set, once for each credential: what comes out is compared with what the app reads.
param appName = 'relay-example'
param publicUrl = 'https://relay.example.com'
param returnUrl = 'https://example.com/thanks'
param operator = {
  name: 'Example Managed Security'
  contact: 'security@example.com'
  privacyUrl: 'https://example.com/privacy'
}
param entra = {
  clientId: '11111111-2222-3333-4444-555555555555'
  tenantId: '66666666-7777-8888-9999-000000000000'
  credential: readEnvironmentVariable('CREDENTIAL')
  publisherId: '66666666-7777-8888-9999-000000000000'
}
param cloud = 'worldwide'
param destinations = [
  { name: 'archive', type: 'archive', container: 'records' }
  { name: 'https', type: 'https', url: 'https://siem.example.com/audit', compression: 'gzip' }
]
param tuning = {
  listSchedule: '0 */5 * * * *'
  batchSize: 20
  tenantRequestsPerMinute: 500
  retentionDays: 30
  invitationDays: 7
}
param identityClientId = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee'
param hostStorage = {
  blob: 'https://host.blob.core.windows.net/'
  queue: 'https://host.queue.core.windows.net/'
  table: 'https://host.table.core.windows.net/'
}
param dataStorage = {
  blob: 'https://data.blob.core.windows.net/'
  queue: 'https://data.queue.core.windows.net/'
  table: 'https://data.table.core.windows.net/'
}
param vaultName = 'kv-example'
param telemetryAddress = 'InstrumentationKey=00000000-0000-0000-0000-000000000000'
