import { Switch } from '@mantine/core'
import { useDesk } from './desk.ts'

type Props = {
  readonly name: 'active' | 'ephemeral' | 'llm' | 'mcp' | 'rotates' | 'honey' | 'pinNetwork'
  readonly label: string
  readonly description?: string
  readonly disabled?: boolean
}

export function SwitchField({ name, ...field }: Props) {
  const { form } = useDesk()
  const { [name]: isOn } = form.values
  return (
    <Switch
      {...field}
      checked={isOn}
      onChange={(event) => form.setFieldValue(name, event.currentTarget.checked)}
      error={form.errors[name]}
    />
  )
}
