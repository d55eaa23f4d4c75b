import { Alert, Anchor, Badge, List, Stack, Table, Text } from '@mantine/core'
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { Explanation, Trace } from '../../src/access/schema.ts'
import { translator } from '../texts.ts'
import { CopyButton, Count, Data, Id, Status } from '../ui/Data.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Section } from '../ui/Section.tsx'
import { repairOf } from './repairOf.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly explanation: Explanation; readonly keyId: string }

export const Verdict = ({ explanation, keyId }: Props) => (
  <Stack gap="md" aria-live="polite">
    {explanation.allowed ? <Yes explanation={explanation} /> : <No explanation={explanation} keyId={keyId} />}
    <Section title={t('checks')}>
      <Checks trace={explanation.trace} />
    </Section>
  </Stack>
)

const Yes = ({ explanation: { duties } }: Pick<Props, 'explanation'>) => (
  <Alert color="green" icon={<IconCircleCheck size={20} />} title={t('yes')} data-allowed="true">
    <Text size="sm">{t('yesText')}</Text>
    <Text size="sm" fw={600} mt="xs">
      {t('duties')}
    </Text>
    {duties.length === 0 ? (
      <Text size="sm">{t('noDuties')}</Text>
    ) : (
      <List size="sm">
        {duties.map(({ kind, limits = [], budgets = [] }) => (
          <List.Item key={kind}>
            {t(`duty.${kind}`)} <Data>{[...limits, ...budgets].join(', ')}</Data>
          </List.Item>
        ))}
      </List>
    )}
  </Alert>
)

function No({ explanation: { code, rule, revision, reason }, keyId }: Props) {
  const repair = repairOf(rule, keyId)
  return (
    <Alert color="red" icon={<IconCircleX size={20} />} title={t('no')} data-allowed="false">
      <Facts
        of={[
          reason === null ? null : [t('reason'), <Data key="reason">{reason}</Data>],
          code === null
            ? null
            : [
                t('code'),
                <span key="code">
                  <Id>{code}</Id> <CopyButton value={code} label={t('copyCode')} />
                </span>,
              ],
          rule === null ? null : [t('rule'), <Id key="rule">{rule}</Id>],
          revision === null ? null : [t('revision'), <Count key="revision" n={revision} />],
          repair && [
            t('repair'),
            <Anchor key="repair" component={Link} to={repair.to} fz="sm" {...{ search: repair.search as never }}>
              {t(repair.text)}
            </Anchor>,
          ],
        ]}
      />
    </Alert>
  )
}

function Checks({ trace }: { readonly trace: readonly Trace[] }) {
  const decided = trace.findIndex(({ passed }) => !passed)
  return (
    <div className="table-scroll">
      <Table aria-label={t('checks')} verticalSpacing={6} className="cards">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('check')}</Table.Th>
            <Table.Th>{t('result')}</Table.Th>
            <Table.Th>{t('rule')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {trace.map(({ check, passed, code, rule }, at) => (
            <Table.Tr key={check} data-check={check}>
              <Table.Td data-label={t('check')}>
                <CheckName name={check} />
              </Table.Td>
              <Table.Td data-label={t('result')}>
                <span>
                  <Status kind={passed ? 'good' : 'bad'}>{passed ? t('passed') : t('failed')}</Status>{' '}
                  {at === decided && <Badge color="gray">{t('decided')}</Badge>}
                </span>
              </Table.Td>
              <Table.Td data-label={t('rule')}>
                <Data>{[rule, code].filter((each) => each !== null).join(' · ') || '–'}</Data>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}

type CheckText = Extract<keyof typeof texts, `check.${string}`>
const isKnown = (name: string): name is CheckText => Object.hasOwn(texts, name)

/** A check that a newer control has is named as it names it. */
function CheckName({ name }: { readonly name: string }) {
  const text = `check.${name}`
  return isKnown(text) ? t(text) : <Data>{name}</Data>
}
