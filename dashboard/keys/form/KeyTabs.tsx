import { Tabs } from '@mantine/core'
import { IconAlertCircle } from '@tabler/icons-react'
import { startTransition } from 'react'
import { AdvancedTab } from './AdvancedTab.tsx'
import { BasicTab } from './BasicTab.tsx'
import { t, useDesk } from './desk.ts'
import { tabs } from './faults.ts'
import { McpTab } from './McpTab.tsx'

/**
 * The settings of a key on three tabs; what was typed on one stays while another is open (D18). Those that are not open
 * are drawn when there is nothing else to do, so that they are there at once.
 */
export function KeyTabs({ hasOwnerFirst = false }: { readonly hasOwnerFirst?: boolean }) {
  const { tab, setTab, faulty, place } = useDesk()
  return (
    <Tabs
      value={tab}
      // What is on it is drawn when there is time, and the press is answered before.
      onChange={(said) => startTransition(() => setTab(tabs.find((each) => each === said) ?? 'basic'))}
      keepMounted
      keepMountedMode="activity"
    >
      <Tabs.List aria-label={t('tabsLabel')} mb="md">
        {tabs.map((each) => (
          <Tabs.Tab
            key={each}
            value={each}
            rightSection={
              faulty.includes(each) && (
                <IconAlertCircle size={16} role="img" aria-label={t('hasFaults')} color="var(--mantine-color-error)" />
              )
            }
          >
            {t(each)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <div ref={place}>
        <Tabs.Panel value="basic">
          <BasicTab hasOwnerFirst={hasOwnerFirst} />
        </Tabs.Panel>
        <Tabs.Panel value="advanced">
          <AdvancedTab />
        </Tabs.Panel>
        <Tabs.Panel value="mcp">
          <McpTab />
        </Tabs.Panel>
      </div>
    </Tabs>
  )
}
