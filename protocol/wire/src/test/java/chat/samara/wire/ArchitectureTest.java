package chat.samara.wire;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import chat.samara.mls.crypto.RandomSource;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Random;

/** The arrows of design §2, and that this module is pure. */
@AnalyzeClasses(packages = "chat.samara.wire", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule DEPENDS_ON_MLS_AND_PROTOBUF_ONLY = classes()
            .that()
            .resideInAPackage("chat.samara.wire..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "chat.samara.wire..",
                    "chat.samara.mls..",
                    "com.google.protobuf..",
                    "org.jspecify..",
                    "java.lang..",
                    "java.util..",
                    "java.nio..",
                    "java.io..",
                    "java.security..",
                    "javax.crypto..");

    @ArchTest
    static final ArchRule HAS_NO_CLOCK_THREAD_SOCKET_FILE_OR_RANDOM = noClasses()
            .that()
            .resideInAPackage("chat.samara.wire..")
            .and()
            .resideOutsideOfPackage("chat.samara.wire.proto..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.util.concurrent..", "java.net..", "java.nio.file..", "java.nio.channels..")
            .orShould()
            .dependOnClassesThat()
            .belongToAnyOf(
                    Thread.class,
                    Clock.class,
                    Random.class,
                    SecureRandom.class,
                    File.class,
                    FileInputStream.class,
                    FileOutputStream.class)
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(RandomSource.class, "secure");

    @ArchTest
    static final ArchRule KEEPS_AWAY_FROM_PRIMITIVES = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.bouncycastle..",
                    "chat.samara.mls.crypto.bouncycastle..",
                    "org.conscrypt..",
                    "chat.samara.mls.crypto.conscrypt..",
                    "chat.samara.mls.crypto.primitive..");

    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("chat.samara.wire.(*)..").should().beFreeOfCycles();
}
