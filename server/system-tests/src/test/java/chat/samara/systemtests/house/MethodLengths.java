package chat.samara.systemtests.house;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** Measures methods, with the compiler's own parser. */
final class MethodLengths {
    /** A method and how many lines it takes, from its first annotation or modifier to its closing brace. */
    record Method(String name, long lines) {}

    private MethodLengths() {}

    static List<Method> of(String source) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            throw new IllegalStateException("a JDK is needed, this is a JRE");
        }
        JavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///Source.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        JavacTask task = (JavacTask) compiler.getTask(null, null, null, List.of("-proc:none"), null, List.of(file));
        SourcePositions positions = Trees.instance(task).getSourcePositions();
        List<Method> methods = new ArrayList<>();
        try {
            for (CompilationUnitTree unit : task.parse()) {
                new TreeScanner<@Nullable Void, String>() {
                    @Override
                    public @Nullable Void visitClass(ClassTree type, String outer) {
                        return super.visitClass(type, outer + type.getSimpleName() + ".");
                    }

                    @Override
                    public @Nullable Void visitMethod(MethodTree method, String outer) {
                        methods.add(new Method(
                                outer + method.getName(),
                                line(unit, positions.getEndPosition(unit, method))
                                        - line(unit, firstPosition(unit, method))
                                        + 1));
                        return super.visitMethod(method, outer);
                    }

                    private long firstPosition(CompilationUnitTree tree, Tree method) {
                        return positions.getStartPosition(tree, method);
                    }
                }.scan(unit, "");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return methods;
    }

    private static long line(CompilationUnitTree unit, long position) {
        return unit.getLineMap().getLineNumber(position);
    }
}
