import { Button, Group, Stack, Table, Text } from '@mantine/core'
import { translator } from '../../texts.ts'
import { Data, Id } from '../../ui/Data.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { EffectNote } from '../../ui/EffectNote.tsx'
import type { Outcome, Outcomes } from './actOnMany.ts'
import type { BulkAction } from './bulk.data.ts'
import { texts } from './texts.data.ts'
import type { Chosen } from './useChosen.ts'

const t = translator(texts)

type Props = {
  readonly title: string
  readonly keys: Chosen
  readonly action: BulkAction
  readonly outcomes: Outcomes
  readonly onClose: () => void
}

/** Whether gateways admit the keys otherwise now; tags they do not know. */
const forces: Partial<Record<BulkAction, 'refused' | 'inForce'>> = {
  suspend: 'refused',
  revoke: 'refused',
  delete: 'refused',
  resume: 'inForce',
}

export function BulkResults({ title, keys, action, outcomes: { results, effect }, onClose }: Props) {
  const force = forces[action]
  const refused = results.filter(({ ok }) => !ok)
  const n = results.length - refused.length
  return (
    <Dialog title={title} onClose={onClose} size="lg">
      <Stack>
        <Text role="status">
          {refused.length === 0 ? t('allDone', { n }) : t('someDone', { n, all: results.length })}
        </Text>
        {refused.length > 0 && <Refusals keys={keys} refused={refused} />}
        {force && n > 0 && <EffectNote effect={effect} force={force} />}
        <Group justify="flex-end">
          <Button onClick={onClose} data-autofocus>
            {t('close')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}

const Refusals = ({ keys, refused }: { readonly keys: Chosen; readonly refused: readonly Outcome[] }) => (
  <div className="table-scroll">
    <Table aria-label={t('refusedKeys')} verticalSpacing="xs">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('name')}</Table.Th>
          <Table.Th>{t('why')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {refused.map(({ id, code = '', detail = '' }) => (
          <Table.Tr key={id}>
            <Table.Td>
              <Data>{keys.get(id) ?? id}</Data>
            </Table.Td>
            <Table.Td>
              <Id>{code}</Id> <Data>{detail}</Data>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  </div>
)
