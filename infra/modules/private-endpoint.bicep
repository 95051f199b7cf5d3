import { Tags } from 'types.bicep'

@description('Name of the endpoint.')
param name string

@description('Region.')
param location string

@description('Tags of every resource.')
param tags Tags

@description('Subnet that it gets its address from.')
param subnetId string

@description('Resource that it leads to.')
param serviceId string

@description('Part of that resource: blob, queue, table, vault.')
param kind string

@description('Zone that its name is written into.')
param zoneId string

resource endpoint 'Microsoft.Network/privateEndpoints@2025-01-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      {
        name: kind
        properties: { privateLinkServiceId: serviceId, groupIds: [kind] }
      }
    ]
  }

  resource zones 'privateDnsZoneGroups' = {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: kind
          properties: { privateDnsZoneId: zoneId }
        }
      ]
    }
  }
}
