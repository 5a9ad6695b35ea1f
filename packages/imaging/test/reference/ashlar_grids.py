"""Writes fixtures/registration/ashlar.json: what ASHLAR makes of seeded grids of tiles whose positions are known.

Run with: python3 ashlar_grids.py DIRECTORY, where DIRECTORY holds ASHLAR's package (github.com/labsyspharm/ashlar, commit
799c80f7eeac9c65749f317c9e2c0dc0ad6e3fab, MIT) as `ashlar`; with Debian 12's scikit-image 0.19.3, SciPy 1.10.1, NumPy 1.24.2, networkx
2.8.8. Java, Zarr and scikit-learn, which the comparison of tiles does not need, are stood in for; the line that is fitted is
NumPy's. Scenes are made of sums, products, quotients and square roots alone, so that any language can make them again to the
bit: `test/tileScenes.ts` does. The error is the distance to the true position, less the median of all that are registered.
"""
import json, os, sys, types, warnings
warnings.filterwarnings('ignore')
import numpy as np
class Any_(types.ModuleType):
    def __getattr__(self,n): return lambda *a,**k: Any_('x')
for n in ('jnius','blessed','zarr'): sys.modules[n]=Any_(n)
jc=types.ModuleType('jnius_config'); jc.vm_running=True; sys.modules['jnius_config']=jc
class LR:
    def fit(s,X,Y):
        A=np.c_[X,np.ones(len(X))]; c=np.linalg.lstsq(A-0,Y,rcond=None)[0]
        m=X.mean(0); c=np.linalg.lstsq(X-m,Y-Y.mean(0),rcond=None)[0]; s.coef_=c.T; s.intercept_=Y.mean(0)-m@c
    def predict(s,X): return np.asarray(X)@s.coef_.T+s.intercept_
sk=types.ModuleType('sklearn'); lm=types.ModuleType('sklearn.linear_model'); lm.LinearRegression=LR; sk.linear_model=lm
sys.modules['sklearn']=sk; sys.modules['sklearn.linear_model']=lm
pk=types.ModuleType('ashlar'); pk.__path__=[os.path.join(sys.argv[1],'ashlar')]; pk.__version__='x'; sys.modules['ashlar']=pk
from ashlar import reg
import networkx as nx
M=np.uint64(0xffffffff)
def fin(h):
    h=h^(h>>np.uint64(16)); h=(h*np.uint64(0x21f0aaad))&M
    h=h^(h>>np.uint64(15)); h=(h*np.uint64(0x735a2d97))&M
    return h^(h>>np.uint64(15))
def mix(seed,index):
    h=fin((index.astype(np.uint64)+np.uint64(0x9e3779b9))&M)
    return fin((h+np.uint64(seed)*np.uint64(0x85ebca77))&M).astype(np.float64)/4294967296.0
def base(name,**kw):
    d=dict(name=name,rows=3,columns=3,side=256,overlap=0.15,specks=5,jitter=5,maxShift=15,seed=1,cells=400,radius=4,spread=6,light=2000,background=200,
           gain=1,read=10,vignette=0.3,empty=-1,lattice=0,missing=0,stray=-1,strayBy=0)
    d.update(kw); return d
def make(s):
    rows,columns,side=s['rows'],s['columns'],s['side']
    n=rows*columns
    pitch=side*(1-s['overlap'])
    W=pitch*(columns-1)+side+60; H=pitch*(rows-1)+side+60
    k=np.arange(n); u=mix(s['seed'],k*2); v=mix(s['seed'],k*2+1)
    tx=30+(k%columns)*pitch+(u*2-1)*s['jitter']; ty=30+(k//columns)*pitch+(v*2-1)*s['jitter']
    if s['stray']>=0: tx[s['stray']]+=s['strayBy']
    if s['lattice']:
        p=s['lattice']; a=int(W//p); b=int(H//p); i=np.arange(a*b)
        keep=mix(s['seed']+1000,i)>=s['missing']
        i=i[keep]; cx=(i%a)*p+0.5*p; cy=(i//a)*p+0.5*p
        cr=np.full(len(i),float(s['radius'])); ca=np.full(len(i),float(s['light']))
    else:
        i=np.arange(s['cells'])*4; q=s['seed']+1000
        cx=mix(q,i)*W; cy=mix(q,i+1)*H; cr=s['radius']+mix(q,i+2)*s['spread']; ca=s['light']*(0.4+mix(q,i+3))
        n_=s['specks']; i=np.repeat(np.arange(s['cells']),n_); o=np.repeat(np.arange(s['cells']),n_)
        j=np.arange(len(i))*4; q=s['seed']+1500
        cx=np.r_[cx,cx[o]+(mix(q,j)*1.2-0.6)*cr[o]]; cy=np.r_[cy,cy[o]+(mix(q,j+1)*1.2-0.6)*cr[o]]
        ca=np.r_[ca,ca[o]*0.5*mix(q,j+3)]; cr=np.r_[cr,1.5+mix(q,j+2)*2.0]
    out=np.empty((n,side,side),np.uint16)
    g=np.arange(side,dtype=np.float64)
    for t in range(n):
        img=np.full((side,side),float(s['background']))
        if t!=s['empty']:
            for x,y,r,a in zip(cx-tx[t],cy-ty[t],cr,ca):
                x0,x1=max(0,int(np.ceil(x-r))),min(side-1,int(np.floor(x+r))); y0,y1=max(0,int(np.ceil(y-r))),min(side-1,int(np.floor(y+r)))
                if x1<x0 or y1<y0: continue
                dx=g[x0:x1+1]-x; dy=g[y0:y1+1]-y
                d=(dx*dx)[None,:]+(dy*dy)[:,None]
                w=1-d/(r*r); w=np.where(w>0,w,0.0)
                img[y0:y1+1,x0:x1+1]+=w*w*a
        e=g/side-0.5
        img*=1-s['vignette']*((e*e)[None,:]+(e*e)[:,None])
        j=np.arange(side*side)*4; q=s['seed']+2000+t
        z=((mix(q,j)+mix(q,j+1))+(mix(q,j+2)+mix(q,j+3))-2).reshape(side,side)*np.sqrt(3.0)
        img=img+z*np.sqrt(s['gain']*img+s['read']*s['read'])
        out[t]=np.clip(np.floor(img+0.5),0,65535)
    return out,tx-tx[0],ty-ty[0]
def scenes():
    L=[]
    for seed in (4,5):
        r=lambda name,**kw:L.append(base(f'{name} {seed}',seed=seed,**kw))
        r('dense'); r('dense, much noise',read=150,gain=4); r('dense, more noise',read=400,gain=8)
        r('medium',cells=150); r('medium, noise',cells=150,read=100,gain=3); r('medium, much noise',cells=150,read=300,gain=4)
        r('few',cells=60); r('few, noise',cells=60,read=60,gain=3); r('few, much noise',cells=60,read=200,gain=3)
        r('nearly empty',cells=25); r('nearly empty, noise',cells=25,read=60,gain=3)
        r('empty',cells=0,read=30)
        r('empty tile',cells=200,empty=4,read=40); r('empty tile, few',cells=60,empty=4,read=40)
        r('vignette',cells=150,vignette=1.6,read=40)
        r('lattice 12',lattice=12,radius=5,read=20); r('lattice 12, noise',lattice=12,radius=5,read=200,gain=3); r('lattice 12, defects',lattice=12,radius=5,read=20,missing=0.1)
        r('lattice 25, defects',lattice=25,radius=8,read=40,missing=0.02)
        r('stray',cells=200,stray=4,strayBy=24,read=40); r('stray corner',cells=200,stray=8,strayBy=-22,read=40); r('stray corner, few',cells=60,stray=8,strayBy=-22,read=40)
        r('wide 3x4',columns=4,overlap=0.2,side=320,cells=160,read=60,gain=3); r('wide 3x4, few',columns=4,overlap=0.2,side=320,cells=60,read=60,gain=3)
        r('large 4x3',rows=4,side=512,cells=500,read=60,gain=3,maxShift=30,jitter=10); r('large, few',side=512,cells=80,read=60,gain=3,maxShift=30,jitter=10)
        r('far 30',cells=60,read=60,gain=3,maxShift=30,jitter=5)
    keep=('dense','medium','few','nearly empty','empty','empty tile','vignette','lattice 12','lattice 12, defects','stray corner','medium, noise','wide 3x4')
    return [s for s in L if s['name'].rsplit(' ',1)[0] in keep]

class MD(reg.Metadata):
    def __init__(s,s_,P): s.s=s_; s.P=P
    _num_images=property(lambda s:len(s.P)); num_channels=property(lambda s:1); pixel_size=property(lambda s:1.0); pixel_dtype=property(lambda s:np.dtype('u2'))
    def tile_position(s,i): return s.P[i]
    def tile_size(s,i): return np.array([s.s,s.s])
class RD(reg.Reader):
    def __init__(s,tiles,P): s.t=tiles; s.metadata=MD(tiles.shape[1],P)
    def read(s,series,c): return s.t[series]
def run(s):
    tiles,tx,ty=make(s)
    k=np.arange(len(tiles)); pitch=s['side']*(1-s['overlap'])
    P=np.c_[(k//s['columns'])*pitch,(k%s['columns'])*pitch].astype(float)
    a=reg.EdgeAligner(RD(tiles,P),max_shift=s['maxShift'],do_make_thumbnail=False)
    a.run()
    cc=max(nx.connected_components(a.spanning_tree),key=len)
    regd=[bool(i in cc and len(cc)>1) for i in k]
    return a.positions[:,1],a.positions[:,0],regd,tx,ty,a.max_error,tiles
if __name__=='__main__':
    res=[]
    for s in scenes():
        x,y,regd,tx,ty,me,tiles=run(s)
        idx=[i for i,r in enumerate(regd) if r]
        dx=np.array([x[i]-tx[i] for i in idx]); dy=np.array([y[i]-ty[i] for i in idx])
        e=[]
        if idx: 
            q=(len(idx)-1)//2; e=np.hypot(dx-np.sort(dx)[q],dy-np.sort(dy)[q])
        res.append(dict(s,sum=int(tiles.astype(np.int64).sum()),registered=regd,x=[round(float(v),3) for v in x],y=[round(float(v),3) for v in y],maxError=round(float(me),4),errorMax=round(float(max(e)),3) if len(e) else 0,errorRms=round(float(np.sqrt(np.mean(np.square(e)))),3) if len(e) else 0))
    here=os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here,'..','fixtures','registration','ashlar.json'),'w') as f:
        f.write('[\n'+',\n'.join('  '+json.dumps(r) for r in res)+'\n]\n')
