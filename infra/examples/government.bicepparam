using '../main.bicep'

// Customers in GCC High, from a subscription in Azure Government.
param appName = 'relay-example-gov'
param location = 'usgovvirginia'
param cloud = 'gcc-high'
param operator = { name: 'Example Managed Security', contact: 'security@example.us' }
param entra = { clientId: '11111111-2222-3333-4444-555555555555' }
param dataRedundancy = 'Standard_GRS'
param archiveAge = { cool: 0, cold: 0, delete: 0 }
param isPrivate = true
param alertEmails = ['oncall@example.us']
