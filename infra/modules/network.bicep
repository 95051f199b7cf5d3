import { Tags } from 'types.bicep'

@description('Name of the app.')
param appName string

@description('Region.')
param location string

@description('Tags of every resource.')
param tags Tags

@description('Addresses of the network, /24 or larger.')
param addressPrefix string

@description('What is to be reached through it: resource, kind, and zone of its private name.')
param endpoints {
  @description('Name of the endpoint.')
  name: string
  @description('Resource ID.')
  id: string
  @description('Sub-resource: blob, queue, table, vault.')
  kind: string
}[]

// Of the vault the private zone is not the public one with a prefix.
var zoneOf = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  queue: 'privatelink.queue.${environment().suffixes.storage}'
  table: 'privatelink.table.${environment().suffixes.storage}'
  vault: replace(environment().suffixes.keyvaultDns, '.vault.', 'privatelink.vaultcore.')
}

resource network 'Microsoft.Network/virtualNetworks@2025-01-01' = {
  name: 'vnet-${appName}'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 0)
          delegations: [
            {
              name: 'flex'
              properties: { serviceName: 'Microsoft.App/environments' }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 1)
          privateEndpointNetworkPolicies: 'Enabled'
          defaultOutboundAccess: false
        }
      }
    ]
  }

  resource app 'subnets' existing = { name: 'app' }

  resource endpointSubnet 'subnets' existing = { name: 'endpoints' }
}

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for kind in items(zoneOf): {
    name: kind.value
    location: 'global'
    tags: tags
  }
]

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (kind, index) in items(zoneOf): {
    parent: zone[index]
    name: appName
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: network.id }
    }
  }
]

module endpoint 'private-endpoint.bicep' = [
  for one in endpoints: {
    params: {
      name: 'pep-${appName}-${one.name}'
      location: location
      tags: tags
      subnetId: network::endpointSubnet.id
      serviceId: one.id
      kind: one.kind
      zoneId: resourceId('Microsoft.Network/privateDnsZones', zoneOf[one.kind])
    }
    dependsOn: [zone, link]
  }
]

@description('Subnet that the app calls out from.')
output appSubnetId string = network::app.id
