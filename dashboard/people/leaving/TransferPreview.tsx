import { Button, Group, Stack, Table, Text } from '@mantine/core'
import type { Reached } from '../../../src/people/leaving/schema.ts'
import type { Refusal } from '../../api.ts'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ProblemNote } from '../../ui/ProblemNote.tsx'
import { useNames } from '../../ui/useNames.ts'
import { texts } from './texts.data.ts'
import type { Transferred } from './transfer.ts'

const t = translator(texts)

type Props = {
  readonly title: string
  readonly transfer: Transferred
  readonly onBack: () => void
  readonly onSubmit: () => void
  readonly isRunning: boolean
  readonly refusal: Refusal | null
}

/** A key is only as good as the rights of its owner: what each loses is seen before it is done. */
export function TransferPreview({ title, transfer, onBack, onSubmit, isRunning, refusal }: Props) {
  const { keys, apps, to } = transfer
  return (
    <Dialog title={title} onClose={onBack} size="lg" isBusy={isRunning}>
      <Stack gap="md">
        <Text>
          {t('goesTo', {
            keys: t('keys', { n: keys.length }),
            apps: t('apps', { n: apps.length }),
            name: to.name,
          })}
        </Text>
        {keys.length > 0 && <Losses transfer={transfer} />}
        <Text size="sm" c="dimmed">
          {t('oldSecretsEnd')}
        </Text>
        <ProblemNote refusal={refusal} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onBack} disabled={isRunning}>
            {t('back')}
          </Button>
          <Button color="red" loading={isRunning} onClick={onSubmit}>
            {t('handOnNow')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}

function Losses({ transfer }: { readonly transfer: Transferred }) {
  const servers = useNames('/servers')
  const providers = useNames('/providers')
  const namesOf = (lost: Reached): string =>
    [...lost.servers.map(servers.nameOf), ...lost.providers.map(providers.nameOf)].join(', ')
  return (
    <Table aria-label={t('previewTable')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('key')}</Table.Th>
          <Table.Th>{t('loses')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {transfer.keys.map(({ id, name, lost }) => (
          <Table.Tr key={id}>
            <Table.Td>
              <Data>{name}</Data>
            </Table.Td>
            <Table.Td>{namesOf(lost) === '' ? t('losesNothing') : <Data>{namesOf(lost)}</Data>}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
