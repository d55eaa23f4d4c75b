import { Checkbox, Input, Switch, Table, Text } from '@mantine/core'
import type { Permission } from '../../../src/people/schema.ts'
import { resourceNames } from '../../people/roles/resources.data.ts'
import { resourcesOf } from '../../people/roles/resourcesOf.ts'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)
const nameOf = translator(resourceNames)

type Props = {
  readonly value: readonly string[]
  readonly onChange: (scopes: readonly string[]) => void
  readonly error?: string | undefined
}

/** A token hands on no more than whoever makes it may do, so nothing else is offered. */
export function ScopesField({ value, onChange, error }: Props) {
  const may = useMay()
  const isAll = value.includes('*')
  const offered = resourcesOf(resourceNames).filter((resource) =>
    (['read', 'write'] as const).some((verb) => may(`${resource}:${verb}`) !== 'none'),
  )
  const toggle = (scope: string) =>
    onChange(value.includes(scope) ? value.filter((each) => each !== scope) : [...value, scope])
  return (
    <Input.Wrapper label={t('scopes')} description={t('scopesHint')} error={error} labelElement="div">
      <Switch
        mt="xs"
        label={t('everything')}
        description={t('everythingHint')}
        checked={isAll}
        onChange={({ currentTarget: { checked } }) => onChange(checked ? ['*'] : [])}
      />
      {!isAll && (
        <Table verticalSpacing={6} mt="xs" aria-label={t('scopes')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('resource')}</Table.Th>
              <Table.Th>{t('read')}</Table.Th>
              <Table.Th>{t('write')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {offered.map((resource) => (
              <Table.Tr key={resource}>
                <Table.Td>
                  <Text size="sm">{nameOf(resource)}</Text>
                </Table.Td>
                <ScopeCell
                  scope={`${resource}:read`}
                  label={t('readOf', { resource: nameOf(resource) })}
                  value={value}
                  onToggle={toggle}
                />
                <ScopeCell
                  scope={`${resource}:write`}
                  label={t('writeOf', { resource: nameOf(resource) })}
                  value={value}
                  onToggle={toggle}
                />
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Input.Wrapper>
  )
}

type CellProps = {
  readonly scope: Permission
  readonly label: string
  readonly value: readonly string[]
  readonly onToggle: (scope: string) => void
}
function ScopeCell({ scope, label, value, onToggle }: CellProps) {
  const may = useMay()
  return (
    <Table.Td>
      {may(scope) !== 'none' && (
        <Checkbox size="md" aria-label={label} checked={value.includes(scope)} onChange={() => onToggle(scope)} />
      )}
    </Table.Td>
  )
}
