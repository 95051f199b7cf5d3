@description('Name of the app.')
param appName string

@description('Host name that is bound already.')
param host string

@description('Thumbprint of its certificate.')
param thumbprint string

resource site 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName
}

resource binding 'Microsoft.Web/sites/hostNameBindings@2025-03-01' = {
  parent: site
  name: host
  properties: { siteName: site.name, hostNameType: 'Verified', sslState: 'SniEnabled', thumbprint: thumbprint }
}
