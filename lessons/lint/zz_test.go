package lint
import ("testing";"fmt";"time";"shardlab/lessons";"shardlab/lessons/play";"sort")
func TestZZ(t *testing.T){
 c,_:=lessons.Load(lessons.Files)
 for _,l:=range c.Lessons(){ t0:=time.Now(); f,err:=play.Figures(l); fmt.Println(l.Slug,time.Since(t0),err)
  ks:=[]string{}; for k:=range f{ks=append(ks,k)}; sort.Strings(ks); for _,k:=range ks{fmt.Println("   ",k,f[k])}
  run,_:=play.Open(l.Lab); ls,err:=play.Plan(run,l.Lab.Solution); for _,x:=range ls{fmt.Println(">",x.Text,"\n",x.Out,x.Err)}; for _,g:=range run.Goals(){fmt.Println("   goal",g.ID,g.Met,g.Message)}
  for _,w:=range l.Lab.Wrong{ run,_:=play.Open(l.Lab); ls,err:=play.Plan(run,w.Plan); fmt.Println(" wrong",w.Name,err); for _,x:=range ls{if x.Exit!=0{fmt.Println("  !",x.Err)}}; for _,g:=range run.Goals(){if !g.Met{fmt.Println("     ",g.ID,g.Message)}}}
 }
}
