import { Button, Checkbox, Popover, Stack } from '@mantine/core'
import { IconColumns3 } from '@tabler/icons-react'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { useUrl } from '../../ui/useUrl.ts'
import { allColumns, type ColumnId, columnsText, shownColumns } from './shownColumns.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

export function ColumnChooser() {
  const [url, set] = useUrl()
  const shown = shownColumns(url)
  const isForAll = useMay()('keys:read') === 'all'
  const toggle = (id: ColumnId) =>
    set({ cols: columnsText(shown.includes(id) ? shown.filter((other) => other !== id) : [...shown, id]) })
  return (
    <Popover position="bottom-end" shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconColumns3 size={16} />}>
          {t('columns')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap={6}>
          {allColumns
            .filter((id) => id !== 'name')
            .map((id) => (
              <Checkbox
                key={id}
                size="sm"
                label={id === 'owner' ? t(isForAll ? 'user' : 'owner') : t(id)}
                checked={shown.includes(id)}
                onChange={() => toggle(id)}
              />
            ))}
          <Button
            size="compact-sm"
            variant="subtle"
            disabled={columnsText(shown) === undefined}
            onClick={() => set({ cols: undefined })}
          >
            {t('columnsStandard')}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
