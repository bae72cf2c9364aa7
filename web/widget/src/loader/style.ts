// Styles of the launcher and of the frame's box, for an adopted style sheet.

export const css = `
:host{all:initial!important}
.b,.f{position:fixed;z-index:2147483000}
.b{bottom:max(20px,env(safe-area-inset-bottom));right:20px;width:56px;height:56px;padding:0;border:0;border-radius:50%;
background:var(--c,#2f5bd0);color:var(--i,#fff);cursor:pointer;display:grid;place-items:center;
box-shadow:0 2px 4px rgb(16 24 40/12%),0 8px 24px rgb(16 24 40/22%);transition:transform .16s,box-shadow .16s;-webkit-tap-highlight-color:transparent}
.l .b{right:auto;left:20px}
.b:hover{transform:scale(1.05)}
.b:active{transform:scale(.97)}
.b:focus-visible{outline:3px solid var(--c,#2f5bd0);outline-offset:3px}
.b svg{width:26px;height:26px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.b .x,.o .b .t{display:none}
.o .b .x{display:block}
.n{position:absolute;top:-4px;right:-4px;min-width:20px;height:20px;padding:0 6px;box-sizing:border-box;border-radius:10px;
background:#cf3339;color:#fff;font:600 12px/20px system-ui,sans-serif;text-align:center}
.n:empty,.o .n,[hidden]{display:none!important}
.f{border:0;bottom:calc(max(20px,env(safe-area-inset-bottom)) + 72px);right:20px;width:384px;height:min(660px,100vh - 116px);
border-radius:16px;background:#fff;color-scheme:normal;visibility:hidden;opacity:0;transform:translateY(12px);pointer-events:none;
box-shadow:0 4px 8px rgb(16 24 40/8%),0 16px 48px rgb(16 24 40/24%);transition:opacity .18s,transform .18s,visibility .18s}
.l .f{right:auto;left:20px}
.o .f,.p .f{visibility:visible;opacity:1;transform:none;pointer-events:auto}
.p .f{width:min(340px,100vw - 40px)}
@media (prefers-color-scheme:dark){.f{background:#171c26}}
.m.o .f{left:0;right:0;top:0;bottom:auto;width:100%;height:100%;border-radius:0;box-shadow:none}
.m.o .b{display:none}
@media (prefers-reduced-motion:reduce){.b,.f{transition:none}.b:hover,.b:active{transform:none}}
@media print{.b,.f{display:none}}
`;
