metadata description = 'Audit Relay for Microsoft 365: everything that it needs in one resource group, without a key or a secret.'

import { ArchiveAge, Destination, Entra, Operator, Scale, Tags, Tuning } from 'modules/types.bicep'

@description('Name of the app, unique in the world: its address is https://<appName>.azurewebsites.net unless it has a domain of its own.')
@minLength(3)
@maxLength(50)
param appName string

@description('Region of everything.')
param location string = resourceGroup().location

@description('Tags of every resource.')
param tags Tags = {}

@description('Who asks for consent.')
param operator Operator

@description('The app registration, made by entra.bicep or by hand.')
param entra Entra

@description('Microsoft cloud that the customers\' tenants live in: the one that the registration is in.')
param cloud 'worldwide' | 'gcc-high' | 'dod' | 'china' = 'worldwide'

@description('Where records go; every record goes to each.')
@minLength(1)
param destinations Destination[] = [{ name: 'archive', type: 'archive' }]

@description('Linked from the closing page of the consent, if there is such a page.')
param returnUrl string = ''

@description('Host name of your own, whose CNAME and TXT record exist already. Empty: the one that Azure gives.')
param customDomain string = ''

@description('Origin where browsers reach the app, if something of yours stands before it. Empty: the domain above.')
param publicUrl string = ''

@description('What the app leaves at its own default unless it is set here.')
param tuning Tuning = {}

@description('Size of the app.')
param size Scale = { instanceMemoryMB: 2048, maximumInstanceCount: 40, alwaysReadyPages: 0 }

@description('How copies of the data account are kept. The platform\'s own account holds nothing that cannot be deployed again.')
param dataRedundancy 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GRS' | 'Standard_GZRS' = 'Standard_ZRS'

@description('What becomes of archived records with age, days.')
param archiveAge ArchiveAge = { cool: 30, cold: 90, delete: 0 }

@description('Whether storage and vault are reached from a virtual network only. The pages stay public: customers open them.')
param isPrivate bool = false

@description('Addresses of that network, /24 or larger.')
param addressPrefix string = '10.84.0.0/24'

@description('Addresses or ranges on the internet that reach data account and vault all the same, when isPrivate: where you read the archive and put secrets into the vault from. Empty: only from within the network.')
param trustedAddresses string[] = []

@description('E-mail addresses that alerts go to.')
@minLength(1)
param alertEmails string[]

@description('Resource IDs of action groups of yours that wake somebody: told of alerts of severity 0 and 1, besides the e-mails.')
param pagers string[] = []

@description('Where your team reads the runbooks: the address of infra/runbooks.md in your copy of this repository.')
param runbooks string = 'infra/runbooks.md'

@description('How long the log is kept, days.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Most log that is taken in a day, GB; -1: no limit. Above it the log is cut off, and with it every alert.')
param logDailyCapGb int = -1

var unique = uniqueString(resourceGroup().id, appName)
var hostAccount = 'sthost${unique}'
var dataAccount = 'stdata${unique}'
var vaultName = 'kv-${unique}'
var packages = 'packages'
var queues = ['content', 'content-poison']
var archives = union(
  [],
  map(
    filter(destinations, destination => destination.type == 'archive'),
    destination => destination.?container ?? 'archive'
  )
)
var containers = concat(archives, ['saved'])

module identity 'modules/identity.bicep' = {
  params: { appName: appName, location: location, tags: tags }
}

module hostStorage 'modules/storage.bicep' = {
  params: {
    name: hostAccount
    location: location
    tags: tags
    redundancy: 'Standard_LRS'
    isPrivate: isPrivate
    trustedAddresses: []
    containers: [packages]
    queues: []
    undeleteDays: 7
  }
}

module dataStorage 'modules/storage.bicep' = {
  params: {
    name: dataAccount
    location: location
    tags: tags
    redundancy: dataRedundancy
    isPrivate: isPrivate
    trustedAddresses: trustedAddresses
    containers: containers
    queues: queues
    undeleteDays: 14
  }
}

// Without containers it would hold for every blob.
module archiveRule 'modules/archive-age.bicep' = if (!empty(archives)) {
  params: { accountName: dataAccount, containers: archives, age: archiveAge }
  dependsOn: [dataStorage]
}

module vault 'modules/vault.bicep' = {
  params: {
    name: vaultName
    location: location
    tags: tags
    isPrivate: isPrivate
    trustedAddresses: trustedAddresses
  }
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    appName: appName
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyCapGb: logDailyCapGb
  }
}

module diagnostics 'modules/diagnostics.bicep' = {
  params: {
    workspaceId: monitoring.outputs.workspaceId
    accountName: dataAccount
    vaultName: vaultName
  }
  dependsOn: [dataStorage, vault]
}

module network 'modules/network.bicep' = if (isPrivate) {
  params: {
    appName: appName
    location: location
    tags: tags
    addressPrefix: addressPrefix
    endpoints: [
      { name: 'host-blob', id: hostStorage.outputs.id, kind: 'blob' }
      { name: 'host-table', id: hostStorage.outputs.id, kind: 'table' }
      { name: 'data-blob', id: dataStorage.outputs.id, kind: 'blob' }
      { name: 'data-queue', id: dataStorage.outputs.id, kind: 'queue' }
      { name: 'data-table', id: dataStorage.outputs.id, kind: 'table' }
      { name: 'vault', id: vault.outputs.id, kind: 'vault' }
    ]
  }
}

module roles 'modules/roles.bicep' = {
  params: {
    identityName: 'id-${appName}'
    hostAccountName: hostAccount
    dataAccountName: dataAccount
    containers: containers
    queues: queues
    vaultName: vaultName
    insightsName: 'appi-${appName}'
  }
  dependsOn: [identity, hostStorage, dataStorage, vault, monitoring]
}

module app 'modules/app.bicep' = {
  params: {
    appName: appName
    location: location
    tags: tags
    identityId: identity.outputs.id
    packageContainer: '${hostStorage.outputs.blobUri}${packages}'
    size: size
    subnetId: network.?outputs.appSubnetId ?? ''
  }
  // An app that starts before it may read its package stays down until someone restarts it.
  dependsOn: [roles]
}

module domain 'modules/domain.bicep' = if (!empty(customDomain)) {
  params: { appName: appName, location: location, tags: tags, host: customDomain }
  dependsOn: [app]
}

var origin = !empty(publicUrl) ? publicUrl : 'https://${empty(customDomain) ? app.outputs.hostName : customDomain}'

module settings 'modules/settings.bicep' = {
  params: {
    appName: appName
    publicUrl: origin
    returnUrl: returnUrl
    operator: operator
    entra: entra
    cloud: cloud
    destinations: destinations
    tuning: tuning
    identityClientId: identity.outputs.clientId
    hostStorage: {
      blob: hostStorage.outputs.blobUri
      queue: hostStorage.outputs.queueUri
      table: hostStorage.outputs.tableUri
    }
    dataStorage: {
      blob: dataStorage.outputs.blobUri
      queue: dataStorage.outputs.queueUri
      table: dataStorage.outputs.tableUri
    }
    vaultName: vaultName
    telemetryAddress: monitoring.outputs.connectionString
  }
}

module alerts 'modules/alerts.bicep' = {
  params: {
    appName: appName
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    emails: alertEmails
    pagers: pagers
    runbooks: runbooks
  }
}

module workbook 'modules/workbook.bicep' = {
  params: { appName: appName, location: location, tags: tags, workspaceId: monitoring.outputs.workspaceId }
}

module secretExpiry 'modules/secret-expiry.bicep' = {
  params: {
    appName: appName
    location: location
    tags: tags
    vaultName: vaultName
    actionGroupId: alerts.outputs.actionGroupId
    runbooks: runbooks
  }
  dependsOn: [vault]
}

@description('Where browsers reach the app; its redirect URIs are this + /consent/callback and /signin/callback.')
output publicUrl string = origin

@description('Name of the app: where the package is deployed to.')
output appName string = appName

@description('Name of the vault: where the secrets of destinations are put.')
output vaultName string = vaultName

@description('Name of the data account: where the archive is.')
output dataAccountName string = dataAccount

@description('Object ID of the app\'s identity: the subject of the federated credential.')
output identityPrincipalId string = identity.outputs.principalId
