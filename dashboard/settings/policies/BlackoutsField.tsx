import { ActionIcon, Button, Card, Chip, Group, Input, Select, Stack, Text, TextInput } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import type { KeyPolicies } from '../../../src/people/policies/schema.ts'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { texts } from './texts.data.ts'
import { zones } from './zones.ts'

const t = translator(texts)

type Blackout = KeyPolicies['blackouts'][number]
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const weekend: Blackout = { days: ['sat', 'sun'], from: '00:00', to: '23:59', zone: 'UTC' }

type Props = {
  readonly value: readonly Blackout[]
  readonly onChange: (value: Blackout[]) => void
  readonly error: string | undefined
}

export function BlackoutsField({ value, onChange, error }: Props) {
  return (
    <Input.Wrapper label={t('blackouts')} description={t('blackoutsHint')} error={error} labelElement="div">
      <Stack gap="xs" mt="xs" align="flex-start">
        {value.length === 0 && (
          <Text size="sm" c="dimmed">
            {t('noBlackouts')}
          </Text>
        )}
        {value.map((blackout, at) => (
          <BlackoutCard
            // biome-ignore lint/suspicious/noArrayIndexKey: what is edited has no other name
            key={at}
            number={at + 1}
            value={blackout}
            onChange={(said) => onChange(value.with(at, said))}
            onRemove={() => onChange(value.toSpliced(at, 1))}
          />
        ))}
        {value.length < 20 && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlus size={14} />}
            onClick={() => onChange([...value, weekend])}
          >
            {t('addBlackout')}
          </Button>
        )}
      </Stack>
    </Input.Wrapper>
  )
}

type CardProps = {
  readonly number: number
  readonly value: Blackout
  readonly onChange: (value: Blackout) => void
  readonly onRemove: () => void
}
function BlackoutCard({ number, value, onChange, onRemove }: CardProps) {
  const chosen: readonly string[] = value.days ?? []
  const setDays = (said: string[]) => {
    const { days: _before, ...rest } = value
    const named = days.filter((day) => said.includes(day))
    onChange(named.length === 0 ? rest : { ...rest, days: named })
  }
  return (
    <Card withBorder padding="sm" role="group" aria-label={t('blackoutNumber', { n: number })}>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Stack gap="xs">
          <Text size="sm">{t('days')}</Text>
          <Chip.Group multiple value={[...chosen]} onChange={setDays}>
            <Group gap={6}>
              {days.map((day) => (
                <Chip key={day} size="xs" value={day}>
                  {t(day)}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
          <Group gap="sm">
            <TimeInput label={t('from')} value={value.from} onChange={(from) => onChange({ ...value, from })} />
            <TimeInput label={t('to')} value={value.to} onChange={(to) => onChange({ ...value, to })} />
            <Select
              label={t('zone')}
              searchable
              allowDeselect={false}
              limit={100}
              data={zones(value.zone)}
              value={value.zone}
              renderOption={({ option }) => <Data>{option.value}</Data>}
              onChange={(zone) => zone && onChange({ ...value, zone })}
            />
          </Group>
        </Stack>
        <ActionIcon aria-label={t('removeBlackout', { n: number })} onClick={onRemove}>
          <IconX size={16} />
        </ActionIcon>
      </Group>
    </Card>
  )
}

type TimeProps = { readonly label: string; readonly value: string; readonly onChange: (value: string) => void }
const TimeInput = ({ label, value, onChange }: TimeProps) => (
  <TextInput
    type="time"
    label={label}
    value={value}
    onChange={({ currentTarget: { value: said } }) => {
      if (said !== '') onChange(said)
    }}
  />
)
