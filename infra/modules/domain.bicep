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

// Azure issues a certificate only for a name that is bound. Done once: bound anew without one, the name would be without
// it until the module below puts it back, and browsers have been told to come by TLS only.
@onlyIfNotExists()
resource name 'Microsoft.Web/sites/hostNameBindings@2025-03-01' = {
  parent: site
  name: host
  properties: { siteName: site.name, hostNameType: 'Verified', sslState: 'Disabled' }
}

// A plan of Flex Consumption holds no certificates; each app of it holds its own.
resource certificate 'Microsoft.Web/sites/certificates@2025-03-01' = {
  parent: site
  name: replace(host, '.', '-')
  location: location
  tags: tags
  properties: { canonicalName: host }
  dependsOn: [name]
}

module secured 'domain-tls.bicep' = {
  params: { appName: appName, host: host, thumbprint: certificate.properties.thumbprint }
}
