import { Button, Group, Stack, Text } from '@mantine/core'
import type { CheckpointView } from '../../src/audit/schema.ts'
import { translator } from '../texts.ts'
import { CopyButton, Count, Id, Time } from '../ui/Data.tsx'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/Page.tsx'
import { saveFile } from '../ui/saveFile.ts'
import { useList } from '../ui/useCalls.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)
const columns: readonly Column<CheckpointView>[] = [
  { id: 'seq', label: t('upTo'), cell: ({ seq }) => <Count n={seq} /> },
  { id: 'at', label: t('when'), cell: ({ at }) => <Time at={at} /> },
  {
    id: 'key',
    label: t('signingKey'),
    cell: ({ signingKey }) => (
      <Group gap={4} wrap="nowrap">
        <Id>{signingKey}</Id>
        <CopyButton value={signingKey} label={t('copyKey')} />
      </Group>
    ),
  },
  { id: 'hash', label: t('hash'), cell: ({ hash }) => <Id>{`${hash.slice(0, 16)}…`}</Id> },
]

export function Checkpoints() {
  const list = useList<CheckpointView>('/audit-events/checkpoints')
  // As REST lists them: the form in which `audit verify` takes them, here and on the command line.
  const save = () => saveFile('audit-checkpoints.json', new Blob([JSON.stringify({ items: list.items }, null, 2)]))
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start">
        <Text size="sm" c="dimmed" maw="72ch">
          {t('checkpointsAbout')}
        </Text>
        {list.items.length > 0 && (
          <Button variant="default" onClick={save}>
            {t('saveCheckpoints')}
          </Button>
        )}
      </Group>
      <DataTable
        label={t('checkpoints')}
        columns={columns}
        list={list}
        idOf={({ seq }) => String(seq)}
        nameOf={({ seq }) => String(seq)}
        empty={<EmptyState title={t('noCheckpoints')} text={t('noCheckpointsText')} />}
      />
    </Stack>
  )
}
