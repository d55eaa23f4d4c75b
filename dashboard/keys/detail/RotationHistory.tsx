import { Table, Title } from '@mantine/core'
import type { RotationView } from '../../../src/keys/rotation/schema.ts'
import { translator } from '../../texts.ts'
import { Time } from '../../ui/Data.tsx'
import { useList } from '../../ui/useCalls.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

const modes = { immediate: t('immediate'), grace: t('grace'), 'on-first-use': t('on-first-use') } as const

export function RotationHistory({ keyId }: { readonly keyId: string }) {
  const { items } = useList<RotationView>('/rotations', { key: keyId, limit: 20 })
  if (items.length === 0) return null
  return (
    <section aria-labelledby="rotations">
      <Title order={2} size="h5" id="rotations">
        {t('history')}
      </Title>
      <Table className="cards" aria-labelledby="rotations" verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('started')}</Table.Th>
            <Table.Th>{t('mode')}</Table.Th>
            <Table.Th>{t('state')}</Table.Th>
            <Table.Th>{t('ended')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map(({ id, startedAt, mode, state, endedAt }) => (
            <Table.Tr key={id}>
              <Table.Td data-label={t('started')}>
                <Time at={startedAt} />
              </Table.Td>
              <Table.Td data-label={t('mode')}>{modes[mode]}</Table.Td>
              <Table.Td data-label={t('state')}>{t(state)}</Table.Td>
              <Table.Td data-label={t('ended')}>
                <Time at={endedAt} missing={t('notYet')} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  )
}
