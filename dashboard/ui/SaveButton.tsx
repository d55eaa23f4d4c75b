import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconDownload } from '@tabler/icons-react'
import { useState } from 'react'
import { download, Refused } from '../api.ts'
import { saveFile } from './saveFile.ts'

type Props = { readonly line: `GET /${string}`; readonly children: string }

/** Has the browser save what REST lets download, under the name that the server gives it. */
export function SaveButton({ line, children }: Props) {
  const [isRunning, setRunning] = useState(false)
  const run = async () => {
    setRunning(true)
    await save(line).finally(() => setRunning(false))
  }
  return (
    <Button variant="default" leftSection={<IconDownload size={16} />} loading={isRunning} onClick={() => void run()}>
      {children}
    </Button>
  )
}

export async function save(line: `GET /${string}`): Promise<void> {
  try {
    const { blob, name } = await download(line)
    saveFile(name, blob)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { title, detail } = error.refusal
    notifications.show({ color: 'red', message: <span translate="no">{detail ?? title}</span> })
  }
}
