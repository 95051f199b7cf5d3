import { Tags } from 'types.bicep'

@description('Name of the account.')
@minLength(3)
@maxLength(24)
param name string

@description('Region.')
param location string

@description('Tags of every resource.')
param tags Tags

@description('How copies are kept.')
param redundancy 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GRS' | 'Standard_GZRS'

@description('Whether it is reached from the virtual network only.')
param isPrivate bool

@description('Addresses on the internet that reach it all the same.')
param trustedAddresses string[]

@description('Names of its blob containers.')
param containers string[]

@description('Names of its queues.')
param queues string[]

@description('Days that a deleted blob or container can be brought back.')
@minValue(1)
@maxValue(365)
param undeleteDays int

resource account 'Microsoft.Storage/storageAccounts@2025-08-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: redundancy }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate && empty(trustedAddresses) ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      ipRules: map(trustedAddresses, address => { value: address, action: 'Allow' })
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: { enabled: true, days: undeleteDays }
      containerDeleteRetentionPolicy: { enabled: true, days: undeleteDays }
    }

    resource container 'containers' = [
      for container in containers: {
        name: container
        properties: { publicAccess: 'None' }
      }
    ]
  }

  resource queueService 'queueServices' = {
    name: 'default'

    resource queue 'queues' = [for queue in queues: { name: queue }]
  }
}

@description('Resource ID of the account.')
output id string = account.id

@description('Address of its blobs, with a slash at the end.')
output blobUri string = account.properties.primaryEndpoints.blob

@description('Address of its queues, with a slash at the end.')
output queueUri string = account.properties.primaryEndpoints.queue

@description('Address of its tables, with a slash at the end.')
output tableUri string = account.properties.primaryEndpoints.table
