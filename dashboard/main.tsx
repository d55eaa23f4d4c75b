import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import '@mantine/spotlight/styles.css'
import './ui/ui.css'
import './ui/table.css'
import './shell/shell.css'
import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { setNonce } from 'get-nonce'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Refused } from './api.ts'
import { createDashboardRouter } from './router.tsx'
import { Gate } from './session/Gate.tsx'
import { theme, variables } from './theme.ts'
import { Hints } from './ui/Hints.tsx'
import { Notices } from './ui/Notices.tsx'

/** The page's policy takes `<style>` elements of this one answer only. */
const nonce = document.querySelector('meta[name="style-nonce"]')?.getAttribute('content') ?? ''
setNonce(nonce)

/** Asked again where nobody answered or the fault is on the other side; a refusal stays one. */
const isWorthTrying = (failures: number, error: Error): boolean =>
  failures < 2 && (!(error instanceof Refused) || error.refusal.status === 0 || error.refusal.status >= 500)

const client = new QueryClient({ defaultOptions: { queries: { retry: isWorthTrying, staleTime: 5000 } } })
const router = createDashboardRouter()

const place = document.getElementById('dashboard')
if (place)
  createRoot(place).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={variables}
        defaultColorScheme="auto"
        getStyleNonce={() => nonce}
      >
        <Notices />
        <Hints />
        <QueryClientProvider client={client}>
          <Gate>
            <RouterProvider router={router} />
          </Gate>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  )
