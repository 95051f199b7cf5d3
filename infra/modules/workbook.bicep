import { Tags } from 'types.bicep'

@description('Name of the app.')
param appName string

@description('Region.')
param location string

@description('Tags of every resource.')
param tags Tags

@description('Workspace that holds the log.')
param workspaceId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, appName)
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Audit Relay ${appName}'
    category: 'workbook'
    sourceId: workspaceId
    serializedData: string(union(loadJsonContent('../workbook.json'), { fallbackResourceIds: [workspaceId] }))
  }
}
