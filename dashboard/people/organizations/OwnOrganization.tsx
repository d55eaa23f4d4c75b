import { Button, Group } from '@mantine/core'
import { useState } from 'react'
import type { OrganizationView } from '../../../src/people/schema.ts'
import { useMay, useSession } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { Data, Id, Time } from '../../ui/Data.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { Loading } from '../../ui/Page.tsx'
import { ErrorNote } from '../../ui/ProblemNote.tsx'
import { Section } from '../../ui/Section.tsx'
import { useOne } from '../../ui/useCalls.ts'
import { EditOrganization } from './EditOrganization.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** The one that one is signed in to. */
export function OwnOrganization() {
  const { session } = useSession()
  const may = useMay()
  const { data, error, retry } = useOne<{ organization: OrganizationView }>(`/organizations/${session.organization.id}`)
  const [isEdited, setEdited] = useState(false)
  const organization = data?.organization
  return (
    <Section
      title={t('yours')}
      actions={
        organization &&
        may('organizations:write') === 'all' && (
          <Button size="xs" variant="default" onClick={() => setEdited(true)}>
            {t('edit')}
          </Button>
        )
      }
    >
      <ErrorNote error={error} onRetry={() => void retry()} />
      {!organization && !error && <Loading lines={2} />}
      {organization && (
        <Facts
          of={[
            [t('name'), <Data key="name">{organization.name}</Data>],
            [t('slug'), <Data key="slug">{organization.slug}</Data>],
            [t('staleness'), t('seconds', { n: organization.maxStalenessSeconds })],
            [t('created'), <Time key="created" at={organization.createdAt} />],
            [
              t('id'),
              <Group key="id">
                <Id>{organization.id}</Id>
              </Group>,
            ],
          ]}
        />
      )}
      {isEdited && organization && <EditOrganization organization={organization} onClose={() => setEdited(false)} />}
    </Section>
  )
}
