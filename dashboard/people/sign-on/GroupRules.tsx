import { ActionIcon, Button, Fieldset, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { newIdempotencyKey, type Refusal } from '../../api.ts'
import { translator } from '../../texts.ts'
import { EntityPicker } from '../../ui/EntityPicker.tsx'
import { fieldError } from '../../ui/useChange.ts'
import { givenRoles } from './given-roles.data.ts'
import { texts } from './texts.data.ts'
import type { TypedRule, TypedSettings } from './typed.ts'

const t = translator(texts)

type Props = {
  readonly typed: TypedSettings
  readonly onChange: (typed: TypedSettings) => void
  readonly refusal: Refusal | null
}

/** Who is in the group there is in the team here, and has at least this role. */
export function GroupRules({ typed, onChange, refusal }: Props) {
  const set = (groups: readonly TypedRule[]) => onChange({ ...typed, groups })
  const replace = (rule: TypedRule) => set(typed.groups.map((one) => (one.key === rule.key ? rule : one)))
  const add = () => set([...typed.groups, { key: newIdempotencyKey(), group: '', team: '', role: null }])
  return (
    <Fieldset legend={t('groups')}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t('groupsText')}
        </Text>
        <TextInput
          label={t('groupsClaim')}
          description={t('groupsClaimHint')}
          value={typed.groupsClaim}
          onChange={(event) => onChange({ ...typed, groupsClaim: event.currentTarget.value })}
          error={fieldError(refusal, '/groupsClaim')}
        />
        {typed.groups.map((rule, at) => (
          <RuleRow
            key={rule.key}
            rule={rule}
            at={at}
            onChange={replace}
            onRemove={() => set(typed.groups.filter(({ key }) => key !== rule.key))}
            error={fieldError(refusal, `/groups/${at}`)}
          />
        ))}
        <Group>
          <Button variant="default" size="xs" leftSection={<IconPlus size={14} />} onClick={add}>
            {t('addRule')}
          </Button>
        </Group>
      </Stack>
    </Fieldset>
  )
}

type RowProps = {
  readonly rule: TypedRule
  readonly at: number
  readonly onChange: (rule: TypedRule) => void
  readonly onRemove: () => void
  readonly error: string | undefined
}

function RuleRow({ rule, at, onChange, onRemove, error }: RowProps) {
  const chooseRole = (text: string | null) =>
    onChange({ ...rule, role: givenRoles.find((one) => one === text) ?? null })
  return (
    <Group gap="xs" align="flex-end" role="group" aria-label={t('rule', { n: at + 1 })}>
      <TextInput
        label={t('group')}
        value={rule.group}
        onChange={(event) => onChange({ ...rule, group: event.currentTarget.value })}
        error={error}
        flex={1}
        miw={140}
      />
      <EntityPicker
        path="/teams"
        label={t('team')}
        value={rule.team || null}
        onChange={(team) => onChange({ ...rule, team: team ?? '' })}
        clearable
      />
      <Select
        label={t('role')}
        placeholder={t('noRole')}
        data={givenRoles.map((value) => ({ value, label: t(value) }))}
        value={rule.role}
        onChange={chooseRole}
        clearable
        w={130}
      />
      <ActionIcon size="lg" aria-label={t('removeRule', { group: rule.group || String(at + 1) })} onClick={onRemove}>
        <IconTrash size={16} />
      </ActionIcon>
    </Group>
  )
}
