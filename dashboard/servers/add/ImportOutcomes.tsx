import { Checkbox, Table, Text } from '@mantine/core'
import type { ServerView } from '../../../src/servers/schema.ts'
import { translator } from '../../texts.ts'
import { Data, Id, Status } from '../../ui/Data.tsx'
import type { Outcome } from '../answers.ts'
import { texts } from '../texts.data.ts'
import { isKnown } from './known-servers.ts'

const t = translator(texts)

type Props = {
  readonly outcomes: readonly Outcome[]
  readonly known: readonly ServerView[]
  /** Of a plan: which of them are wanted. Without it this is what has happened. */
  readonly chosen?: ReadonlySet<string>
  readonly onChoose?: (chosen: ReadonlySet<string>) => void
}

/** What becomes of each entry: new, there already, in need of a value, or refused and why. */
export function ImportOutcomes({ outcomes, known, chosen, onChoose }: Props) {
  const toggle = (name: string) => {
    const next = new Set(chosen)
    if (!next.delete(name)) next.add(name)
    onChoose?.(next)
  }
  return (
    <Table aria-label={t('importResults')} className="cards">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('inDocument')}</Table.Th>
          <Table.Th>{t('outcome')}</Table.Th>
          <Table.Th>{t('becomes')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {outcomes.map((one) => (
          <Table.Tr key={one.name}>
            <Table.Td data-label={t('inDocument')}>
              {chosen ? (
                <Checkbox
                  label={<Data>{one.name}</Data>}
                  checked={chosen.has(one.name)}
                  disabled={!one.ok}
                  onChange={() => toggle(one.name)}
                />
              ) : (
                <Data>{one.name}</Data>
              )}
            </Table.Td>
            <Table.Td data-label={t('outcome')}>
              <State one={one} isPlan={chosen !== undefined} known={known} />
            </Table.Td>
            <Table.Td data-label={t('becomes')}>{one.server && <Becomes server={one.server} />}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

type StateProps = { readonly one: Outcome; readonly isPlan: boolean; readonly known: readonly ServerView[] }
function State({ one, isPlan, known }: StateProps) {
  if (one.ok && !isPlan) return <Status kind="good">{t('isMade')}</Status>
  if (one.ok && isKnown(one, known))
    return (
      <div>
        <Status kind="waiting">{t('isKnown')}</Status>
        <Text size="xs" c="dimmed">
          {t('secondOne')}
        </Text>
      </div>
    )
  if (one.ok) return <Status kind="good">{t('isNew')}</Status>
  return (
    <div>
      <Status kind={one.missing ? 'waiting' : 'bad'}>{t(one.missing ? 'isMissing' : 'isRefused')}</Status>
      <Text size="xs" c="dimmed">
        <Data>{one.detail}</Data>
      </Text>
    </div>
  )
}

const Becomes = ({ server }: { readonly server: NonNullable<Outcome['server']> }) => (
  <div>
    <Id>{server.slug}</Id>{' '}
    <Text size="xs" c="dimmed" component="span">
      {t(server.type)} <Data>{server.target}</Data>
    </Text>
  </div>
)
