import { Stack, Table, Text } from '@mantine/core'
import { translator } from '../../texts.ts'
import { CopyButton, Data, Id, Status } from '../../ui/Data.tsx'
import { type Imported, onceOf } from './importing.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly of: readonly Imported[]; readonly isMade: boolean }

/** A line a definition, in the order of the file. */
export const ImportOutcomes = ({ of, isMade }: Props) => {
  const words = { n: of.filter(({ ok }) => ok).length, all: of.length }
  return (
    <Stack gap="xs">
      <Text fw={600} role="status">
        {isMade ? t('importMade', words) : t('importForeseen', words)}
      </Text>
      <div className="table-scroll">
        <Table aria-label={t('importOutcomes')} verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('name')}</Table.Th>
              <Table.Th>{t('outcome')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {of.map((one) => (
              <Table.Tr key={one.index}>
                <Table.Td>{one.name ? <Data>{one.name}</Data> : t('unnamed', { n: one.index + 1 })}</Table.Td>
                <Table.Td>{one.ok ? <Good of={one} isMade={isMade} /> : <Bad of={one} />}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </Stack>
  )
}

type One = { readonly of: Imported }

function Good({ of: one, isMade }: One & { readonly isMade: boolean }) {
  const once = onceOf(one)
  const name = one.name ?? ''
  if (once === undefined) return <Status kind="good">{t(one.delivered ? 'delivered' : isMade ? 'made' : 'ok')}</Status>
  return (
    <span className="key-preview">
      <Id>{once}</Id>
      <CopyButton value={once} label={one.claim ? t('linkOf', { name }) : t('secretOf', { name })} />
    </span>
  )
}

const Bad = ({ of: { code = '', detail = '', errors = [] } }: One) => (
  <Stack gap={2}>
    <span>
      <Status kind="bad">{t('refused')}</Status> <Id>{code}</Id>
    </span>
    <Text size="sm">
      <Data>{detail}</Data>
    </Text>
    {errors.map(({ pointer, detail: about }) => (
      <Text size="sm" key={`${pointer} ${about}`}>
        <Data>{`${pointer} ${about}`}</Data>
      </Text>
    ))}
  </Stack>
)
