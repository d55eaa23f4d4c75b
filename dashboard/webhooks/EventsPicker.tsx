import { Button, Group, MultiSelect, Radio, Stack } from '@mantine/core'
import { translator } from '../texts.ts'
import { eventOptions } from './eventNames.ts'
import { worthCalendar, worthPager } from './families.data.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly value: readonly string[]
  readonly onChange: (events: readonly string[]) => void
  readonly error?: string | undefined
}

export function EventsPicker({ value, onChange, error }: Props) {
  const isAll = value.includes('*')
  const add = (names: readonly string[]) => onChange([...new Set([...value, ...names])])
  return (
    <Stack gap="xs">
      <Radio.Group
        label={t('eventsHow')}
        value={isAll ? 'all' : 'chosen'}
        onChange={(how) => onChange(how === 'all' ? ['*'] : [])}
      >
        <Stack gap={6} mt={4}>
          <Radio value="all" label={t('everything')} />
          <Radio value="chosen" label={t('chosen')} />
        </Stack>
      </Radio.Group>
      {!isAll && (
        <>
          <MultiSelect
            label={t('events')}
            placeholder={value.length === 0 ? t('pick') : ''}
            data={eventOptions()}
            value={[...value]}
            onChange={onChange}
            searchable
            hidePickedOptions
            nothingFoundMessage={t('noEvent')}
            error={error}
          />
          <Group gap="xs">
            <Button size="compact-sm" variant="default" onClick={() => add(worthPager)}>
              {t('addPager')}
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => add(worthCalendar)}>
              {t('addCalendar')}
            </Button>
          </Group>
        </>
      )}
    </Stack>
  )
}
