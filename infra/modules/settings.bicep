import { Destination, Entra, Operator, Tuning } from 'types.bicep'

@description('Name of the app.')
param appName string

@description('Origin where browsers reach the app.')
param publicUrl string

@description('Linked from the closing page of the consent.')
param returnUrl string

@description('Who asks for consent.')
param operator Operator

@description('The app registration.')
param entra Entra

@description('Microsoft cloud that the customers\' tenants live in.')
param cloud string

@description('Where records go.')
param destinations Destination[]

@description('What the app leaves at its own default unless it is set here.')
param tuning Tuning

@description('Client ID of the app\'s identity.')
param identityClientId string

@description('App settings by name.')
type AppSettings = { *: string }

@description('Addresses of one storage account.')
type Endpoints = {
  @description('Of its blobs.')
  blob: string
  @description('Of its queues.')
  queue: string
  @description('Of its tables.')
  table: string
}

@description('The platform\'s own storage account.')
param hostStorage Endpoints

@description('The data account.')
param dataStorage Endpoints

@description('Name of the vault.')
param vaultName string

@description('Where telemetry is sent to; taken only with a token of the identity.')
param telemetryAddress string

resource site 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName
}

@description('An identity-based connection, as Azure Functions and the app both read it.')
func connection(name string, endpoints Endpoints, identityClientId string) AppSettings => {
  '${name}__blobServiceUri': endpoints.blob
  '${name}__queueServiceUri': endpoints.queue
  '${name}__tableServiceUri': endpoints.table
  '${name}__credential': 'managedidentity'
  '${name}__clientId': identityClientId
}

@description('What a secret is read from when the app starts, and again within a day.')
func secretReference(vaultName string, secret string) string =>
  '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=${secret})'

func destinationSettings(destination Destination, vaultName string) AppSettings =>
  destination.type == 'https'
    ? {
        'DESTINATION_${toUpper(destination.name)}_TYPE': 'https'
        'DESTINATION_${toUpper(destination.name)}_URL': destination.?url
        'DESTINATION_${toUpper(destination.name)}_COMPRESSION': destination.?compression ?? ''
        'DESTINATION_${toUpper(destination.name)}_SECRET': secretReference(
          vaultName,
          'destination-${destination.name}-secret'
        )
      }
    : {
        'DESTINATION_${toUpper(destination.name)}_TYPE': destination.type
        'DESTINATION_${toUpper(destination.name)}_CONTAINER': destination.?container ?? ''
      }

var credential = entra.?credential ?? 'federated'
var credentialSettings = {
  federated: { ENTRA_MANAGED_IDENTITY_CLIENT_ID: identityClientId }
  certificate: { ENTRA_CERTIFICATE: secretReference(vaultName, 'entra-certificate') }
  secret: { ENTRA_CLIENT_SECRET: secretReference(vaultName, 'entra-client-secret') }
}

var chosen = union(
  {
    PUBLIC_URL: publicUrl
    RETURN_URL: returnUrl
    OPERATOR_NAME: operator.name
    OPERATOR_CONTACT: operator.?contact ?? ''
    OPERATOR_PRIVACY_URL: operator.?privacyUrl ?? ''
    ENTRA_CLIENT_ID: entra.clientId
    ENTRA_TENANT_ID: entra.?tenantId ?? tenant().tenantId
    ENTRA_CREDENTIAL: credential
    PUBLISHER_ID: entra.?publisherId ?? ''
    CLOUD: cloud
    LIST_SCHEDULE: tuning.?listSchedule ?? ''
    BATCH_SIZE: string(tuning.?batchSize ?? '')
    TENANT_REQUESTS_PER_MINUTE: string(tuning.?tenantRequestsPerMinute ?? '')
    RETENTION_DAYS: string(tuning.?retentionDays ?? '')
    INVITATION_DAYS: string(tuning.?invitationDays ?? '')
    DESTINATIONS: join(map(destinations, destination => destination.name), ',')
    // Else the platform's own page answers where no function does.
    AzureWebJobsDisableHomepage: 'true'
    APPLICATIONINSIGHTS_CONNECTION_STRING: telemetryAddress
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  },
  credentialSettings[credential],
  connection('AzureWebJobsStorage', hostStorage, identityClientId),
  connection('RelayStorage', dataStorage, identityClientId),
  reduce(
    map(destinations, destination => destinationSettings(destination, vaultName)),
    {},
    (all, one) => union(all, one)
  )
)

// A default is written down once, in the app: what nobody chose is not set.
resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: site
  name: 'appsettings'
  properties: toObject(
    filter(items(chosen), setting => !empty(setting.value)),
    setting => setting.key,
    setting => setting.value
  )
}
