"""Which texts are questions for the table of waste, and which are for the entries."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.waste import WasteKind
from knowledge import Library


def _names(library: Library, text: str) -> list[str]:
    finding = library.waste.find(text)
    assert finding is not None, text
    return [match.item.name for match in finding.matches]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("大骨头是什么垃圾", "大骨头"),
        ("电池扔哪", "电池"),
        ("旧手机怎么丢", "手机"),
        ("这个塑料袋算啥", "塑料袋"),
        ("大骨头", "大骨头"),
        ("大骨头呢", "大骨头"),
        ("扔床垫", "床垫"),
        ("怎么扔旧沙发", "沙发"),
        ("哪里可以扔灯管", "日光灯管"),
        ("卫生纸用过扔哪", "卫生纸"),
        ("鸡蛋壳属于什么", "鸡蛋壳"),
        ("榴莲壳是厨余垃圾吗", "榴莲壳"),
        ("塑料袋属于可回收物吗", "塑料袋"),
        ("外卖盒沾了油还能回收吗", "外卖盒"),
        ("電池丟哪裡", "电池"),
        ("過期藥品是什麼垃圾？", "药品"),
        ("鸡蛋壳是什么拉圾", "鸡蛋壳"),
        ("AA 电池往哪扔呀", "干电池"),
        ("５号电池扔哪个桶", "干电池"),
        ("LED 灯是什么垃圾", "led灯"),
        ("谢谢，请问大骨头应该扔哪个垃圾桶呀", "大骨头"),
        ("昨天同事聚餐剩下的小龙虾壳是什么垃圾", "虾壳"),
        ("给孩子换下来的尿布扔哪儿", "纸尿裤"),
        ("旧工作服怎么处理", "工作服"),
        ("口罩是什么垃圾", "口罩"),
        ("安全帽扔哪个桶", "安全帽"),
    ],
)
def test_a_question_about_one_thing_is_for_the_table(
    library: Library, text: str, name: str
) -> None:
    assert _names(library, text) == [name]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("奶茶杯和吸管", ["奶茶杯", "吸管"]),
        ("大骨头 电池", ["大骨头", "电池"]),
        ("猫砂狗屎怎么扔", ["猫砂", "猫屎"]),
        ("榴莲壳和椰子壳呢", ["榴莲壳", "椰子壳"]),
        ("橡皮泥 牙刷 舊梳子 扔哪", ["橡皮泥", "牙刷", "梳子"]),
    ],
)
def test_several_things_are_answered_together(
    library: Library, text: str, names: list[str]
) -> None:
    assert _names(library, text) == names


def test_at_most_five_things_are_answered_at_once(library: Library) -> None:
    finding = library.waste.find("大骨头、鸡骨头、鱼刺、奶茶杯、电池、纸箱是什么垃圾")
    assert finding is not None
    assert len(finding.matches) == 5
    assert finding.is_cut


def test_a_thing_named_twice_is_answered_once(library: Library) -> None:
    assert _names(library, "土豆、马铃薯是什么垃圾") == ["土豆"]


def test_dirt_is_noticed(library: Library) -> None:
    finding = library.waste.find("沾了油的纸箱扔哪个桶")
    assert finding is not None
    (match,) = finding.matches
    assert (match.item.kind, match.is_soiled) == (WasteKind.RECYCLABLE, True)
    clean = library.waste.find("纸箱扔哪个桶")
    assert clean is not None
    assert not clean.matches[0].is_soiled


def test_an_unknown_thing_is_said_to_be_unknown(library: Library) -> None:
    finding = library.waste.find("魔法棒是什么垃圾")
    assert finding is not None
    assert (finding.matches, finding.unknown) == ((), ("魔法棒",))


def test_an_unknown_thing_that_sounds_like_others_offers_them(library: Library) -> None:
    finding = library.waste.find("充电保怎么扔")
    assert finding is not None
    assert finding.unknown == ("充电保",)
    assert "充电宝" in [item.name for item in finding.near]


def test_what_is_known_is_answered_beside_what_is_not(library: Library) -> None:
    finding = library.waste.find("大骨头和口照是什么垃圾")
    assert finding is not None
    assert [match.item.name for match in finding.matches] == ["大骨头"]
    assert finding.unknown == ("口照",)


def test_no_phrasing_of_another_topic_is_caught(library: Library) -> None:
    caught = [
        (entry.id, text)
        for entry in library.entries
        if entry.topic != "waste"
        for text in (entry.title, *entry.phrasings)
        if library.waste.find(text) is not None
    ]
    assert caught == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "？？？",
        "你好",
        "电池爆炸算工伤吗",
        "换电瓶被砸伤了怎么认定",
        "碎玻璃扎了手算工伤吗",
        "公司发的手机丢了怎么赔",
        "手机丢了怎么办",
        "手机丢哪了",
        "工作证丢了怎么补",
        "扔垃圾时摔伤算工伤吗",
        "环卫工倒垃圾加班费怎么算",
        "老板让我扔垃圾",
        "老板把我的东西扔了",
        "老板是什么垃圾",
        "你是什么垃圾",
        "这公司什么垃圾",
        "什么垃圾公司",
        "垃圾怎么扔",
        "垃圾是什么垃圾",
        "厨余垃圾怎么扔",
        "干垃圾是什么垃圾",
        "不分类罚多少",
        "月饼",
        "口罩",
        "安全帽",
        "电影票",
        "手机",
        "工作服怎么处理",
        "口罩不发怎么处理",
        "单位不发手套怎么办",
        "电动车",
        "电动车被偷了怎么办",
        "红烧肉怎么做",
        "苹果手机多少钱",
        "旧手机回收多少钱",
        "食堂饭菜不好吃",
        "农药中毒怎么办",
        "油漆味大头晕是职业病吗",
        "喝酒误事怎么处理",
        "离婚了家具归谁",
        "怎么处理",
        "是什么",
        "哪个桶",
    ],
)
def test_a_question_about_something_else_is_left_alone(library: Library, text: str) -> None:
    assert library.waste.find(text) is None


def test_a_long_story_is_left_to_the_entries(library: Library) -> None:
    assert library.waste.find("我家" * 40 + "大骨头是什么垃圾") is None


@given(st.text(max_size=300))
@settings(max_examples=200)
def test_no_text_makes_it_raise(library: Library, text: str) -> None:
    library.waste.find(text)
    library.waste.find(f"{text}是什么垃圾")
