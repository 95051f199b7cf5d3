using 'main.bicep'

// What azd up deploys: values of its environment (azd env set NAME value). For anything else, see examples/. Where is the
// resource group's matter: entra.bicep has made the identity there.
param appName = readEnvironmentVariable('AZURE_ENV_NAME')
param operator = {
  name: readEnvironmentVariable('OPERATOR_NAME')
  contact: readEnvironmentVariable('OPERATOR_CONTACT', '')
}
param entra = { clientId: readEnvironmentVariable('ENTRA_CLIENT_ID') }
param alertEmails = split(readEnvironmentVariable('ALERT_EMAILS'), ',')
