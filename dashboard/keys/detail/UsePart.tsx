import { Anchor, Group, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ClientView } from '../../../src/keys/rotation/schema.ts'
import type { KeyView } from '../../../src/keys/schema.ts'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { Loading } from '../../ui/Page.tsx'
import { ErrorNote } from '../../ui/ProblemNote.tsx'
import { useOne } from '../../ui/useCalls.ts'
import { ClientTable } from './ClientTable.tsx'
import { LatestCalls } from './LatestCalls.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** Which programs have called with the key, and what they called last. */
export function UsePart({ of: { id, name } }: { readonly of: KeyView }) {
  const may = useMay()
  return (
    <Stack gap="md">
      <section aria-labelledby="key-clients">
        <Title order={2} size="h5" id="key-clients" mb={6}>
          {t('useTitle')}
        </Title>
        <Clients keyId={id} name={name} />
      </section>
      {may('requests:read') !== 'none' && (
        <section aria-labelledby="key-calls">
          <Group justify="space-between" mb={6}>
            <Title order={2} size="h5" id="key-calls">
              {t('latest')}
            </Title>
            <Anchor component={Link} to="/activity/requests" search={{ key: id } as never} size="sm">
              {t('allRequests')}
            </Anchor>
          </Group>
          <LatestCalls keyId={id} />
        </section>
      )}
    </Stack>
  )
}

function Clients({ keyId, name }: { readonly keyId: string; readonly name: string }) {
  const path = `/keys/${keyId}/clients` as const
  const { data, error, isLoading, retry } = useOne<{ readonly items: readonly ClientView[] }>(path, { days: 30 })
  if (isLoading) return <Loading lines={3} />
  if (error || !data) return <ErrorNote error={error} onRetry={() => void retry()} />
  if (data.items.length === 0) return <Text size="sm">{t('useEmpty')}</Text>
  return <ClientTable label={t('clientsOf', { name })} items={data.items} />
}
