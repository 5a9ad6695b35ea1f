/**
 * The styles of a report's page: by day, by night, and on paper.
 *
 * @layer logic
 * @module
 */
import { pageStyles, paperColours } from "./Svg.ts"

const variables = ({ box, grid, ink, paper, soft }: typeof paperColours.light, link: string, alarm: string): string =>
  `--ink:${ink};--soft:${soft};--grid:${grid};--paper:${paper};--box:${box};--link:${link};--alarm:${alarm}`

/** All styles of the page, those of its figures too. */
export const pageCss: string = `
:root{${variables(paperColours.light, "#00578a", "#a3195b")};color-scheme:light dark}
@media screen and (prefers-color-scheme:dark){:root{${variables(paperColours.dark, "#7cc4f0", "#ff7eb3")}}}
*{box-sizing:border-box}
body{margin:0 auto;padding:2rem 1.25rem 4rem;max-width:60rem;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .75rem;text-wrap:balance}
h2{font-size:1.35rem;margin:2.75rem 0 .75rem;padding-top:.6rem;border-top:1px solid var(--grid)}
h3{font-size:1.1rem;margin:2rem 0 .5rem}
h1,h2,h3,p,li,td,th,dd,caption,figcaption,code,strong{overflow-wrap:break-word;unicode-bidi:isolate}
h1,p,li,dd,caption,figcaption{overflow-wrap:anywhere}
p,ul{margin:.6rem 0;max-width:46rem}
ul{padding-left:1.3rem}
li{margin:.2rem 0}
a{color:var(--link)}
code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--box);padding:.05em .3em;border-radius:3px}
dl{display:flex;flex-wrap:wrap;gap:.25rem 2rem;margin:0;color:var(--soft)}
dl div{display:flex;gap:.4rem}
dt::after{content:":"}
dd{margin:0;color:var(--ink)}
nav{margin-top:1.75rem;padding:.9rem 1.25rem;background:var(--box);border-radius:6px}
nav h2{font-size:1rem;margin:0 0 .4rem;padding:0;border:0}
nav ol{margin:0;padding-left:1.3rem;columns:18rem;column-gap:2rem}
nav ol ol{columns:auto;padding-left:1rem;list-style:disc}
.skip{position:absolute;left:-100rem}
.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.3rem .6rem}
.note{color:var(--soft);font-size:.9rem}
.warning{border-left:4px solid var(--alarm);padding:.4rem .9rem;background:var(--box)}
.wide{overflow-x:auto;margin:1.1rem 0 1.3rem}
table{border-collapse:collapse;font-size:.86rem;line-height:1.4;min-width:min(100%,24rem)}
caption{text-align:left;font-weight:600;padding:0 0 .4rem;caption-side:top}
th,td{text-align:left;vertical-align:top;padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--grid);font-weight:400}
thead th{font-weight:600;border-bottom:1.5px solid var(--soft);vertical-align:bottom}
td,tbody th{min-width:3.2rem;max-width:24rem}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
thead .number{white-space:normal}
tbody tr:last-child th,tbody tr:last-child td{border-bottom:1.5px solid var(--soft)}
td code,th code{background:none;padding:0}
tbody th code{white-space:nowrap}
.long code{white-space:normal;overflow-wrap:anywhere}
.long{min-width:13rem}
figure{margin:1.4rem 0 1.8rem}
figure svg{display:block;width:100%;max-width:720px;height:auto}
figcaption{font-size:.88rem;color:var(--soft);max-width:46rem;margin-top:.35rem}
figcaption strong{color:var(--ink)}
${pageStyles}
@page{margin:18mm 16mm}
@media print{
:root{color-scheme:light}
body{padding:0;max-width:none;font-size:10.5pt}
nav,.warning{background:none;border:1px solid var(--grid)}
.skip{display:none}
a{color:inherit;text-decoration:none}
h2,h3,caption{break-after:avoid}
figure,tr,li,.warning{break-inside:avoid}
thead{display:table-header-group}
.wide{overflow:visible}
table{font-size:7.6pt;width:100%}
th,td{padding-right:.5rem}
td,tbody th,.long{min-width:0;max-width:none}
.long{overflow-wrap:anywhere}
figure svg{max-width:150mm}
}
`
