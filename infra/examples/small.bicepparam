using '../main.bicep'

// A handful of customers: one archive, nothing that costs while nothing happens.
param appName = 'relay-example'
param operator = { name: 'Example Managed Security', contact: 'security@example.com' }
param entra = { clientId: '11111111-2222-3333-4444-555555555555' }
param alertEmails = ['oncall@example.com']
