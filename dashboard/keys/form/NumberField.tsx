import { NumberInput } from '@mantine/core'
import { useDesk } from './desk.ts'

type Name =
  | 'requestsPerMinute'
  | 'tokensPerMinute'
  | 'concurrent'
  | 'streams'
  | 'ttlSeconds'
  | 'freshness'
  | 'everyDays'
  | 'graceSeconds'

type Props = {
  readonly name: Name
  readonly label: string
  readonly description?: string | undefined
  readonly placeholder?: string
}

/** A whole number, or nothing. */
export function NumberField({ name, ...field }: Props) {
  const { form } = useDesk()
  return (
    <NumberInput {...field} {...form.getInputProps(name)} allowDecimal={false} allowNegative={false} hideControls />
  )
}
