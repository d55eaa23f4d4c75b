import { Group, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ProjectUses, ProjectView } from '../../src/projects/schema.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { Data, Id, Time } from '../ui/Data.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Facts } from '../ui/Facts.tsx'
import { LoadingDialog } from '../ui/LoadingDialog.tsx'
import { ManagedNote } from '../ui/Managed.tsx'
import { Loading } from '../ui/Page.tsx'
import { ErrorNote } from '../ui/ProblemNote.tsx'
import { useOne } from '../ui/useCalls.ts'
import { TierBadge } from './TierField.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly projectId: string; readonly onClose: () => void }
type Answer = { readonly uses: ProjectUses; readonly refs: Readonly<Record<string, { readonly name: string }>> }

export function ProjectDialog({ projectId, onClose }: Props) {
  const may = useMay()
  const { data, error } = useOne<{ project: ProjectView }>(`/projects/${projectId}`)
  // The list names things of all these kinds, so whoever may not read one of them is not shown it.
  const isListed = (['servers:read', 'providers:read', 'apps:read', 'keys:read'] as const).every(
    (right) => may(right) === 'all',
  )
  if (!data) return <LoadingDialog title={t('title')} error={error} onClose={onClose} />
  const { id, name, slug, tier, managedBy, createdAt } = data.project
  return (
    <Dialog title={t('details', { name })} size="lg" onClose={onClose}>
      <Stack gap="md">
        <ManagedNote by={managedBy} />
        <Facts
          of={[
            [t('id'), <Id key="id">{id}</Id>],
            [t('slug'), <Id key="slug">{slug}</Id>],
            [t('tier'), <TierBadge key="tier" tier={tier} />],
            [t('created'), <Time key="created" at={createdAt} />],
            data.project.default ? [t('isDefault'), t('isDefaultText')] : null,
          ]}
        />
        <Group gap="md">
          <Link className="link" to="/configuration/api-keys" search={{ project: id } as never}>
            {t('seeKeys')}
          </Link>
          <Link className="link" to="/configuration/apps" search={{ project: id } as never}>
            {t('seeApps')}
          </Link>
        </Group>
        {isListed && <Uses projectId={id} />}
      </Stack>
    </Dialog>
  )
}

const kinds = [
  ['servers', '/configuration/servers'],
  ['providers', '/configuration/providers'],
  ['apps', '/configuration/apps'],
  ['keys', '/configuration/api-keys'],
] as const

function Uses({ projectId }: { readonly projectId: string }) {
  const { data, error, retry } = useOne<Answer>(`/projects/${projectId}/uses`)
  if (error) return <ErrorNote error={error} onRetry={() => void retry()} />
  if (!data) return <Loading lines={2} />
  const { uses, refs } = data
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        {t('uses')}
      </Title>
      {uses.total === 0 && (
        <Text size="sm" c="dimmed">
          {t('usesNothing')}
        </Text>
      )}
      <Facts
        of={kinds.map(([kind, to]) =>
          uses[kind].length === 0
            ? null
            : [
                t(kind),
                <ul key={kind} className="plain-list">
                  {uses[kind].map((id) => (
                    <li key={id}>
                      <Link className="link" to={`${to}/${id}`}>
                        <Data>{refs[id]?.name ?? id}</Data>
                      </Link>
                    </li>
                  ))}
                </ul>,
              ],
        )}
      />
      {uses.total > 100 && (
        <Text size="xs" c="dimmed">
          {t('usesTotal', { n: uses.total })}
        </Text>
      )}
    </Stack>
  )
}
