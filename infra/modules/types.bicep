@export()
@description('Blobs in the data account, one container each.')
type ArchiveDestination = {
  @description('Lower-case letters and digits, beginning with a letter.')
  name: string

  type: 'archive'

  @description('Container that is made for it; default "archive".')
  @minLength(3)
  @maxLength(63)
  container: string?
}

@export()
@description('An address that takes signed batches of records. Its signing secret is put into the vault as destination-<name>-secret.')
type HttpsDestination = {
  @description('Lower-case letters and digits, beginning with a letter.')
  name: string

  type: 'https'

  @description('Where records are posted to; https only.')
  url: string

  @description('How bodies are compressed; default "none".')
  compression: ('none' | 'gzip')?
}

@export()
@description('Where every record goes to.')
@discriminator('type')
type Destination = ArchiveDestination | HttpsDestination

@export()
@description('Who asks for consent, as the administrators of customers see it.')
type Operator = {
  @description('Name of your organisation.')
  name: string

  @description('Where an administrator may ask, for example an e-mail address.')
  contact: string?

  @description('Address of your privacy statement.')
  privacyUrl: string?
}

@export()
@description('How the app proves who it is: its managed identity (nothing to rotate), or entra-certificate (PEM) or entra-client-secret in the vault.')
type EntraCredential = 'federated' | 'certificate' | 'secret'

@export()
@description('The app registration that customers consent to.')
type Entra = {
  @description('Application (client) ID.')
  @minLength(36)
  @maxLength(36)
  clientId: string

  @description('Directory that the registration lives in; default: the one of this subscription. With "federated" there is no other: an identity stands in for registrations of its own directory only.')
  tenantId: string?

  @description('Default "federated".')
  credential: EntraCredential?

  @description('PublisherIdentifier of the Activity API; default: the directory above.')
  publisherId: string?
}

@export()
@description('What the app leaves at its own default unless it is set here.')
type Tuning = {
  @description('NCRONTAB of the timer, seconds first. Every five minutes at least: after fifteen without a cycle somebody is woken.')
  listSchedule: string?

  @description('Contents in a message.')
  @minValue(1)
  @maxValue(100)
  batchSize: int?

  @description('Requests to the Activity API for each tenant, a minute and instance.')
  @minValue(1)
  @maxValue(60000)
  tenantRequestsPerMinute: int?

  @description('How long the account of what became of every content is kept, days.')
  @minValue(8)
  @maxValue(3650)
  retentionDays: int?

  @description('How long a link to the consent page works, days.')
  @minValue(1)
  @maxValue(90)
  invitationDays: int?
}

@export()
@description('Size of the app.')
type Scale = {
  @description('Memory of an instance, MB. It is what seconds are multiplied with on the bill.')
  instanceMemoryMB: 512 | 2048 | 4096

  @description('Most instances at a time.')
  @minValue(40)
  @maxValue(1000)
  maximumInstanceCount: int

  @description('Instances kept warm for the pages, so that an administrator never waits for a start; each costs around the clock.')
  @minValue(0)
  @maxValue(10)
  alwaysReadyPages: int
}

@export()
@description('What becomes of archived records with age, days since they were written; 0 means never.')
type ArchiveAge = {
  @description('Days until they go to the cool tier.')
  @minValue(0)
  cool: int

  @description('Days until they go to the cold tier.')
  @minValue(0)
  cold: int

  @description('Days until they are deleted.')
  @minValue(0)
  delete: int
}

@export()
@description('Tags of a resource.')
type Tags = { *: string }
