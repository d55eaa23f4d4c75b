import { startProduct } from '../test/product.ts'
import { startNode } from '../test/programs.ts'
import { measure, startLoad } from './rounds.ts'
import { spawn } from 'node:child_process'
const up = startNode(['bench/mock-upstream.ts']); const [url]=await up.says(/http:\S+/)
const load=startLoad()
for (const [name,env] of Object.entries({info:{},warn:{OSTIARY_LOG_LEVEL:'warn'}})) {
const p = await startProduct({store:'sqlite',quiet:true,env:{NODE_OPTIONS:'--perf-basic-prof',...env} as Record<string,string>})
await p.addServer({slug:'mock',transport:{type:'http',url}}); const k=await p.createKey('b','mock'); const {gateway}=await p.pids()
const c={name,pid:gateway,url:p.gatewayUrl+'/mcp-connect/mock',headers:{authorization:'Bearer '+k.secret}}
await measure(load,c,3)
const s=spawn('perf',['record','-g','-F','1500','-p',String(c.pid),'-o','/tmp/perf-'+name]);await new Promise(r=>setTimeout(r,500)); const m=await measure(load,c,3); s.kill('SIGINT'); await new Promise(r=>s.on('exit',r)); console.log(name,m.cpuPerCall,m.perSecond)
const rep=spawn('sh',['-c',`perf report -i /tmp/perf-${name} --children -g none --sort symbol 2>/dev/null | grep -v '^#' | head -400 > /tmp/rep-${name}; perf report -i /tmp/perf-${name} --no-children -g none --sort comm 2>/dev/null | grep -v '^#' | head -5`],{stdio:'inherit'}); await new Promise(r=>rep.on('exit',r))
await p.stop() }
load.kill(); up.kill()
