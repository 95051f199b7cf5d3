import { Tags } from 'types.bicep'

@description('Name of the app.')
param appName string

@description('Region.')
param location string

@description('Tags of every resource.')
param tags Tags

@description('Workspace that holds the log.')
param workspaceId string

@description('E-mail addresses that are told.')
param emails string[]

@description('Resource IDs of action groups that wake somebody: told of severity 0 and 1.')
param pagers string[]

@description('Where the runbooks are; each alert has the section of its name.')
param runbooks string

@description('What wakes somebody, and when.')
type Alert = {
  @description('Name of the alert and of its section in the runbooks.')
  name: string
  @description('What is the matter, as a sentence.')
  sentence: string
  @description('0 wakes somebody, 2 is for the working day, 3 is for whoever looks after the customer.')
  severity: 0 | 1 | 2 | 3
  @description('What is looked for among the events.')
  query: string
  @description('How far back, ISO 8601.')
  window: string
  @description('How often, ISO 8601.')
  every: string
  @description('Columns to alert by, one alert for each value.')
  by: string[]?
  @description('Whether it tells of something that happened: told each time, and never called resolved. Else of something that lasts: told once, and again when it is over.')
  happened: bool?
}

var events = 'AppTraces | where Message startswith \'{"event":\' | extend Fields = parse_json(Message) | extend Event = tostring(Fields.event)'

var alerts Alert[] = [
  {
    name: 'feed-behind'
    sentence: 'A feed is more than a day behind; Microsoft forgets what is older than seven days.'
    severity: 2
    query: 'where Event == "feed-behind" and tolong(Fields.lagSeconds) >= 86400'
    window: 'PT15M'
    every: 'PT15M'
  }
  {
    name: 'feed-nearly-lost'
    sentence: 'A feed is more than five days behind: in less than two days its records are lost.'
    severity: 0
    query: 'where Event == "feed-behind" and tolong(Fields.lagSeconds) >= 432000'
    window: 'PT15M'
    every: 'PT15M'
  }
  {
    name: 'contents-parked'
    sentence: 'Contents or records are parked: they failed again and again, and wait for a person.'
    severity: 2
    query: 'where Event in ("content-parked", "contents-unknown", "contents-malformed", "record-parked", "message-malformed")'
    window: 'PT15M'
    every: 'PT15M'
    happened: true
  }
  {
    name: 'contents-lost'
    sentence: 'Contents are lost: Microsoft will not give them again.'
    severity: 1
    query: 'where Event == "contents-lost" and tostring(Fields.reason) != "off-boarded"'
    window: 'PT15M'
    every: 'PT15M'
    happened: true
  }
  {
    name: 'credential-failing'
    sentence: 'Entra refuses the app\'s own credential: nothing of any customer is collected.'
    severity: 0
    query: 'where Event == "credential-failing"'
    window: 'PT10M'
    every: 'PT5M'
  }
  {
    name: 'destination-down'
    sentence: 'A destination has taken nothing for an hour.'
    severity: 1
    query: 'where Event == "destination-down" and tolong(Fields.downSeconds) >= 3600 | extend Destination = tostring(Fields.destination)'
    window: 'PT15M'
    every: 'PT15M'
    by: ['Destination']
  }
  {
    name: 'timer-silent'
    sentence: 'The timer has not come to its end for 15 minutes: nothing new is listed.'
    severity: 0
    query: 'where Event == "cycle-finished" | summarize Cycles = count() | where Cycles == 0'
    window: 'PT15M'
    every: 'PT5M'
  }
  {
    name: 'consent-withdrawn'
    sentence: 'A customer withdrew the consent, or disabled or deleted what it needs.'
    severity: 3
    query: 'where Event == "tenant-state-changed" and tostring(Fields.to) in ("consent-withdrawn", "app-disabled", "gone") | extend TenantId = tostring(Fields.tenantId)'
    window: 'PT15M'
    every: 'PT15M'
    by: ['TenantId']
    happened: true
  }
  {
    name: 'certificate-expires'
    sentence: 'The certificate that the app signs in with expires within 30 days.'
    severity: 2
    query: 'where Event == "certificate-expires"'
    window: 'PT6H'
    every: 'PT6H'
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${appName}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'auditrelay'
    emailReceivers: [for email in emails: { name: email, emailAddress: email, useCommonAlertSchema: true }]
  }
}

// All customers in one alert where one cause is behind all of them: a thousand pages would be read by nobody.
resource rule 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for alert in alerts: {
    name: '${appName}-${alert.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${appName}: ${alert.name}'
      description: '${alert.sentence} Runbook: ${runbooks}#${alert.name}'
      severity: alert.severity
      enabled: true
      scopes: [workspaceId]
      windowSize: alert.window
      evaluationFrequency: alert.every
      // The log is empty until the app has run, and a query of it would be refused for that.
      skipQueryValidation: true
      autoMitigate: !(alert.?happened ?? false)
      criteria: {
        allOf: [
          {
            query: '${events} | ${alert.query}'
            timeAggregation: 'Count'
            operator: 'GreaterThanOrEqual'
            threshold: 1
            dimensions: map(alert.?by ?? [], column => { name: column, operator: 'Include', values: ['*'] })
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: concat([people.id], alert.severity < 2 ? pagers : []) }
    }
  }
]

@description('Resource ID of the group of people who are told.')
output actionGroupId string = people.id
