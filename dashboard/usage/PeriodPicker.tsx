import { Select, TextInput } from '@mantine/core'
import { translator } from '../texts.ts'
import { useUrl } from '../ui/useUrl.ts'
import { periodOf, periods } from './period.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** Stands in the address: `?period=7d`, or `?period=custom&from=2026-11-01&to=2026-11-30`. */
export function PeriodPicker() {
  const [{ period, from = '', to = '' }, set] = useUrl()
  const name = periodOf(period)
  const pick = (picked: string | null) =>
    set({ period: picked ?? undefined, ...(picked === 'custom' ? {} : { from: undefined, to: undefined }) })
  return (
    <>
      <Select
        label={t('period')}
        allowDeselect={false}
        data={periods.map((value) => ({ value, label: t(value) }))}
        value={name}
        onChange={pick}
      />
      {name === 'custom' && (
        <>
          <TextInput
            type="date"
            label={t('from')}
            value={from}
            onChange={(event) => set({ from: event.currentTarget.value })}
          />
          <TextInput
            type="date"
            label={t('to')}
            value={to}
            onChange={(event) => set({ to: event.currentTarget.value })}
          />
        </>
      )}
    </>
  )
}
