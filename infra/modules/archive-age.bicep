import { ArchiveAge } from 'types.bicep'

@description('Name of the data account.')
param accountName string

@description('Containers of the archive destinations.')
param containers string[]

@description('What becomes of archived records with age.')
param age ArchiveAge

resource account 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: accountName
}

// A policy that is merely left out of a later deployment stays, and goes on deleting: it is switched off instead. Azure
// takes none without a deed.
var deeds = union(
  age.cool == 0 ? {} : { tierToCool: { daysAfterModificationGreaterThan: age.cool } },
  age.cold == 0 ? {} : { tierToCold: { daysAfterModificationGreaterThan: age.cold } },
  age.delete == 0 ? {} : { delete: { daysAfterModificationGreaterThan: age.delete } }
)
var noDeed = { tierToCool: { daysAfterModificationGreaterThan: 36500 } }

// A blob of the archive is written once and never touched again, so its age counts from then. Only the archive: what
// waits in the container "saved" is not delivered yet, and is the app's to delete.
resource policy 'Microsoft.Storage/storageAccounts/managementPolicies@2025-08-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'archive'
          type: 'Lifecycle'
          enabled: !empty(deeds)
          definition: {
            filters: {
              blobTypes: ['blockBlob']
              prefixMatch: map(containers, container => '${container}/')
            }
            actions: {
              baseBlob: empty(deeds) ? noDeed : deeds
            }
          }
        }
      ]
    }
  }
}
