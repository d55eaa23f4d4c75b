import { Alert, Button, Group, Progress, Stack, Text, Title } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import type { RotationView, VersionView } from '../../../src/keys/rotation/schema.ts'
import type { KeyView } from '../../../src/keys/schema.ts'
import { translator } from '../../texts.ts'
import { Data, Time } from '../../ui/Data.tsx'
import { Loading } from '../../ui/Page.tsx'
import { ErrorNote } from '../../ui/ProblemNote.tsx'
import { useOne } from '../../ui/useCalls.ts'
import { ClientTable } from './ClientTable.tsx'
import { RotationHistory } from './RotationHistory.tsx'
import { ScheduleNote } from './ScheduleNote.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Meter = { readonly rotation: RotationView | null; readonly versions: readonly VersionView[] }
type Props = {
  readonly of: KeyView
  readonly mayWrite: boolean
  readonly onCut: () => void
  readonly onUndo: () => void
}

/** The drain meter (M2): who still calls with the old secret, with the button that cuts it and the one that goes back. */
export function RotationPart({ of: key, mayWrite, onCut, onUndo }: Props) {
  const { data, error, isLoading, retry } = useOne<Meter>(`/keys/${key.id}/rotation`, {}, { ms: 5000 })
  if (isLoading) return <Loading />
  if (error || !data) return <ErrorNote error={error} onRetry={() => void retry()} />
  const { rotation, versions } = data
  return (
    <Stack gap="md">
      {rotation === null ? (
        <Text size="sm">{t('noRotation')}</Text>
      ) : (
        <RotationState rotation={rotation} mayWrite={mayWrite} onCut={onCut} onUndo={onUndo} />
      )}
      {rotation && isOpen(rotation) && <Drain rotation={rotation} versions={versions} />}
      <ScheduleNote of={key} />
      <RotationHistory keyId={key.id} />
    </Stack>
  )
}

const isOpen = ({ state }: RotationView): boolean =>
  state === 'planned' || state === 'delivering' || state === 'draining'

const said = {
  planned: t('meterPlanned'),
  delivering: t('meterDelivering'),
  draining: t('meterDraining'),
  finished: t('meterFinished'),
  undone: t('meterUndone'),
  failed: t('meterFailed'),
} as const

type StateProps = Omit<Props, 'of'> & { readonly rotation: RotationView }
function RotationState({ rotation, mayWrite, onCut, onUndo }: StateProps) {
  const { state, deadlineAt, endedAt, lastError } = rotation
  const isDraining = state === 'draining'
  return (
    <Alert
      color={isOpen(rotation) ? 'yellow' : state === 'failed' ? 'red' : 'gray'}
      icon={<IconRefresh size={20} />}
      title={said[state]}
    >
      <Text size="sm" component="div">
        {isOpen(rotation) && deadlineAt && (
          <>
            {t('meterEnds')} <Time at={deadlineAt} />
          </>
        )}
        {isDraining && !deadlineAt && t('meterOpenEnd')}
        {endedAt && (
          <>
            {t('ended')} <Time at={endedAt} />
          </>
        )}
      </Text>
      {lastError && (
        <Text size="sm">
          {t('lastError')}: <Data>{lastError}</Data>
        </Text>
      )}
      {mayWrite && isDraining && (
        <Group gap="xs" mt="xs">
          <Button size="xs" color="red" onClick={onCut}>
            {t('cutNow')}
          </Button>
          <Button size="xs" variant="default" onClick={onUndo}>
            {t('undo')}
          </Button>
        </Group>
      )}
    </Alert>
  )
}

function Drain({ rotation, versions }: { readonly rotation: RotationView; readonly versions: readonly VersionView[] }) {
  const clients = versions.find(({ version }) => version === rotation.from)?.clients ?? []
  const moved = clients.filter(({ movedAt }) => movedAt !== null).length
  return (
    <section aria-labelledby="drain-meter">
      <Title order={2} size="h5" id="drain-meter">
        {t('meterTitle')}
      </Title>
      {clients.length === 0 ? (
        <Text size="sm">{t('meterNobody')}</Text>
      ) : (
        <Stack gap="xs">
          <Text size="sm">{t('meterMoved', { moved, n: clients.length })}</Text>
          <Progress value={(100 * moved) / clients.length} aria-label={t('meterTitle')} color="green" />
          <ClientTable
            label={t('meterTitle')}
            items={clients}
            last={{
              label: t('movedAt'),
              cell: ({ movedAt }) => (movedAt === null ? t('notMoved') : <Time at={movedAt} />),
            }}
          />
        </Stack>
      )}
    </section>
  )
}
