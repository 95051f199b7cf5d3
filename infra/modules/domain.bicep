import { Tags } from 'types.bicep'

@description('Name of the app.')
param appName string

@description('Region.')
param location string

@description('Tags of every resource.')
param tags Tags

@description('Host name; its CNAME and its TXT record asuid.<host> must exist before.')
param host string

resource site 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName
}

// Azure issues a certificate only for a name that is bound, and a binding takes one only once it exists.
resource name 'Microsoft.Web/sites/hostNameBindings@2025-03-01' = {
  parent: site
  name: host
  properties: { siteName: site.name, hostNameType: 'Verified', sslState: 'Disabled' }
}

resource certificate 'Microsoft.Web/certificates@2025-03-01' = {
  name: host
  location: location
  tags: tags
  properties: { canonicalName: host, serverFarmId: site.properties.serverFarmId }
  dependsOn: [name]
}

module secured 'domain-tls.bicep' = {
  params: { appName: appName, host: host, thumbprint: certificate.properties.thumbprint }
}
