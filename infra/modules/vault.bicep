import { Tags } from 'types.bicep'

@description('Name of the vault.')
@minLength(3)
@maxLength(24)
param name string

@description('Region.')
param location string

@description('Tags of every resource.')
param tags Tags

@description('Whether it is reached from the virtual network only.')
param isPrivate bool

@description('Addresses on the internet that reach it all the same.')
param trustedAddresses string[]

// Purge protection cannot be taken back: whoever deletes a webhook's secret by mistake has 90 days to bring it back.
resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    enablePurgeProtection: true
    softDeleteRetentionInDays: 90
    publicNetworkAccess: isPrivate && empty(trustedAddresses) ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      ipRules: map(trustedAddresses, address => { value: address })
    }
  }
}

@description('Resource ID of the vault.')
output id string = vault.id
